"""One sitting as a QTI results report (1EdTech QTI 3 Results Reporting, imsqti_result_v3p0).

Rules:
- the candidate is the pseudonym; no name, no free text;
- the test's outcome variables are the decision on the qualification and, per outcome, decision and probability of
  mastery; what was not verified there has no value;
- every item that was presented is an itemResult; one that was never answered is told apart from one left empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from proctor.protocol import Given, SittingFacts
from results.record import ResultRecord

NAMESPACE = "http://www.imsglobal.org/xsd/imsqti_result_v3p0"


def report(facts: SittingFacts, record: ResultRecord) -> bytes:
    """The document of an ended sitting. Raises ValueError for one that has not ended."""
    if facts.ended_at is None:
        raise ValueError("a sitting that has not ended has no results report")
    root = etree.Element(_name("assessmentResult"), nsmap={None: NAMESPACE})
    context = etree.SubElement(root, _name("context"), sourcedId=facts.candidate)
    etree.SubElement(
        context, _name("sessionIdentifier"), sourceID=f"exam-session:{facts.exam_session}", identifier=facts.sitting
    )
    test = etree.SubElement(
        root, _name("testResult"), identifier=record.qualification, datestamp=_instant(facts.ended_at)
    )
    _response(test, "duration", "duration", [f"PT{facts.used_ms / 1000:.3f}S"])
    _outcome(test, "QUALIFICATION", "identifier", record.decision.value)
    for row in record.outcomes():
        if row.theory is not None:
            _outcome(test, f"DECISION.{row.id}", "identifier", row.theory.value)
        if row.p_mastery is not None:
            _outcome(test, f"P_MASTERY.{row.id}", "float", f"{row.p_mastery:.6f}", masteryValue=row.met_at)
    for given in facts.items:
        root.append(_item(given))
    found: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return found


def _item(given: Given) -> etree._Element:
    answered = given.answered_at is not None
    item = etree.Element(
        _name("itemResult"),
        identifier=given.item,
        sequenceIndex=str(given.position),
        datestamp=_instant(given.answered_at if given.answered_at is not None else given.presented_at),
        sessionStatus="final" if answered else "pendingSubmission",
    )
    _response(item, "duration", "duration", [f"PT{given.visible_ms / 1000:.3f}S"])
    _response(item, "RESPONSE", "identifier", given.response)
    if given.score is not None:
        _outcome(item, "SCORE", "float", str(given.score))
    _outcome(item, "completionStatus", "identifier", "completed" if answered else "incomplete")
    return item


def _response(parent: etree._Element, name: str, base: str, values: Sequence[str]) -> None:
    cardinality = "single" if base == "duration" else "multiple"
    variable = etree.SubElement(
        parent, _name("responseVariable"), identifier=name, cardinality=cardinality, baseType=base
    )
    _values(etree.SubElement(variable, _name("candidateResponse")), values)


def _outcome(parent: etree._Element, name: str, base: str, value: str, masteryValue: float | None = None) -> None:
    variable = etree.SubElement(parent, _name("outcomeVariable"), identifier=name, cardinality="single", baseType=base)
    if masteryValue is not None:
        variable.set("masteryValue", f"{masteryValue:g}")
    _values(variable, [value])


def _values(parent: etree._Element, values: Sequence[str]) -> None:
    for value in values:
        etree.SubElement(parent, _name("value")).text = value


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _instant(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
