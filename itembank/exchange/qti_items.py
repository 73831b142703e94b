"""One QTI item as a row of the JSONL format, with what of it was not kept.

Rules:
- an item is read only when its rules prove that the key alone reaches the maximum (qti_proof.py);
- what the row cannot say is refused by name (pictures, templates, adaptive items, shared stimuli) or noted in `lost`;
- criteria, difficulty and time are not in an item: its package may know them (qti_manifests.py); standard, outcome,
  version, law and enemies are there only when our own export wrote them, in the namespace OWN.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from xml.etree.ElementTree import Element

from itembank.errors import ContentError
from itembank.exchange.qti_dialects import OWN, XML, document, shown
from itembank.exchange.qti_processing import SCORE, Processing, template
from itembank.exchange.qti_proof import Interval, Proven, prove, prove_number
from itembank.exchange.qti_questions import READERS, Prefixes, gaps, question
from itembank.exchange.qti_texts import GAP, Words
from itembank.exchange.qti_values import NULL, Declared, declared, fault
from itembank.items import ITEM_ID

MAX_UNIT = 20
"""Characters of words after a number that are taken for its unit."""
DIGITS = 10
"""Digits after the point of a number here."""
_ENTRY = "\x00"
"""The place of a number while lines are read: a character no XML can hold."""
_OPTIONS = {
    "choiceInteraction": ("simpleChoice",),
    "orderInteraction": ("simpleChoice",),
    "matchInteraction": ("simpleMatchSet",),
    "gapMatchInteraction": ("gapText", "gapImg"),
}
"""What of a block interaction is read as its options and not as its words."""
_DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,10})?")
_REFUSED = {
    "templateDeclaration": "is made anew for each candidate by a template",
    "templateProcessing": "is made anew for each candidate by a template",
    "assessmentStimulusRef": "needs a shared stimulus",
}
_PARTS = ("itemBody", "responseProcessing", "responseDeclaration", "outcomeDeclaration", "contextDeclaration")
"""What an item is made of; the first two occur once."""
_LOST = {
    "modalFeedback": "feedback",
    "stylesheet": "styles",
    "apipAccessibility": "accessibility alternatives",
    "catalogInfo": "accessibility alternatives",
    "companionMaterialsInfo": "companion materials",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A row without criteria, difficulty and time (None), and what of the item is not kept."""

    row: dict[str, Any]
    lost: frozenset[str]


def root_name(data: bytes, where: str) -> str:
    """The root of a QTI document, in the names of 2.x."""
    return shown(document(data, where).tag)


def read(data: bytes, where: str) -> Parsed:
    """One item file; ContentError with file, line and reason when it is not one that can be kept."""
    root = document(data, where)
    if root.tag != "assessmentItem":
        raise fault(root, where, f"is not an item ({shown(root.tag)})")
    return _parsed(root, where)


def item_id(identifier: str) -> str:
    """The item id for a QTI identifier: itself where it fits, else what fits of it with eight letters of its digest."""
    if ITEM_ID.fullmatch(identifier):
        return identifier
    plain = unicodedata.normalize("NFKD", identifier).encode("ascii", "ignore").decode()
    fitting = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._")
    return f"{fitting or 'item'}"[:55] + "-" + hashlib.sha256(identifier.encode()).hexdigest()[:8]


def _parsed(root: Element, where: str) -> Parsed:
    lost: set[str] = set()
    if not root.get("identifier", "").strip():
        raise fault(root, where, "has no identifier")
    if root.get("adaptive", "false") in ("true", "1"):
        raise fault(root, where, "is adaptive: it takes several attempts and scores them together")
    for child in root:
        name = shown(child.tag)
        if name in _REFUSED:
            raise fault(child, where, f"{_REFUSED[name]} ({name})")
        if name in _LOST or child.tag.startswith("{"):
            lost.add(_LOST.get(name, f"extension {name}"))
        elif name not in _PARTS or (name in _PARTS[:2] and child is not root.find(name)):
            raise fault(child, where, f"assessmentItem holds {name} where it does not belong")
    body = root.find("itemBody")
    if body is None:
        raise fault(root, where, "has no body")
    asked = _interaction(body, where)
    try:
        return _asked(root, body, asked, where, lost)
    except ContentError as error:
        name = shown(asked.tag)
        raise error if name in error.reason else ContentError(error.where, f"{name}: {error.reason}") from error


def _asked(root: Element, body: Element, asked: Element, where: str, lost: set[str]) -> Parsed:
    variables = _declarations(root, where)
    name = asked.get("responseIdentifier", "")
    variable = variables.get(name)
    if variable is None:
        raise fault(asked, where, f"answers to {name[:40]!r}, which is not declared")
    prefixes = Prefixes(options=_own(root, "options") or "", targets=_own(root, "targets") or "")
    found = question(asked, variable, where, lost, prefixes)
    processings = _processings(root, variables, where)
    words, stem, unit = _Stem(asked, lost).read(body, where)
    row = {
        "id": _own(root, "id") or item_id(root.get("identifier", "").strip()),
        "standard": _own(root, "standard"),
        "outcome": _own(root, "outcome"),
        "criteria": None,
        "language": _language(root) or _language(body),
        "interaction": found.interaction,
        "stem": stem,
        "exhibit": words.exhibit,
        "options": found.options,
        "key": found.key,
        "rationale": words.rationale,
        "expected_difficulty": None,
        "law": _law(root),
        "enemies": (_own(root, "enemies") or "").split(),
        "seconds": None,
    }
    if version := _own(root, "version"):
        row["version"] = int(version) if re.fullmatch(r"[0-9]{1,6}", version) else version
    if found.responses is not None:
        proofs = [prove(one, variable, found.responses, mapped=mapped) for one, mapped in processings]
    else:
        intervals = [prove_number(one, variable) for one, _ in processings]
        proofs = [one.proven for one in intervals]
        row["key"] = {**_quantity(root, variable, intervals, where, lost), "unit": _own(root, "unit") or unit}
    _note_scores(variables, proofs, lost)
    return Parsed(row=row, lost=frozenset(lost))


def _interaction(body: Element, where: str) -> Element:
    """The one interaction of the item; ContentError names what there is instead."""
    found = [one for one in body.iter() if one.tag.endswith("Interaction") and not one.tag.startswith("{")]
    if not found:
        raise fault(body, where, "has no interaction")
    if len(found) > 1:
        names = ", ".join(sorted({shown(one.tag) for one in found}))
        raise fault(found[1], where, f"has {len(found)} interactions ({names}), one is possible")
    if found[0].tag not in READERS:
        raise fault(found[0], where, f"{shown(found[0].tag)} is not an interaction that can be given here")
    return found[0]


def _declarations(root: Element, where: str) -> dict[str, Declared]:
    completion = Declared(
        identifier="completionStatus",
        cardinality="single",
        base="identifier",
        correct=NULL,
        texts=(),
        initial=("unknown",),
        mapping=None,
    )
    found = {"completionStatus": completion}
    for element in root:
        if element.tag in ("responseDeclaration", "outcomeDeclaration"):
            one = declared(element, where)
            if one.identifier in found and one.identifier != "completionStatus":
                raise fault(element, where, f"declares {one.identifier[:40]!r} twice")
            found[one.identifier] = one
    responses = [one for one in root if one.tag == "responseDeclaration"]
    if len(responses) > 1:
        raise fault(responses[1], where, f"declares {len(responses)} responses, one is possible")
    return found


def _processings(root: Element, variables: Mapping[str, Declared], where: str) -> list[tuple[Processing, bool]]:
    """The rules of the item and of its template, each to be proved; and whether they are the template map_response."""
    for one in root.iter("setOutcomeValue"):
        if one.get("identifier") in {each.get("identifier") for each in root.iterfind("responseDeclaration")}:
            raise fault(one, where, "needs review, not auto-scorable: its rules change the response")
    element = root.find("responseProcessing")
    if element is None:
        raise fault(root, where, "needs review, not auto-scorable: it has no response processing")
    address = element.get("template", "")
    score = Declared(
        identifier=SCORE, cardinality="single", base="float", correct=NULL, texts=(), initial=NULL, mapping=None
    )
    found = []
    if address:
        rules = template(address)
        if rules is not None:
            # a template gives SCORE a value even where the item forgot to declare it
            processing = Processing(rules, {SCORE: score, **variables}, where, at=element)
            found.append((processing, "map_response" in address))
        elif not len(element):
            raise fault(element, where, f"needs review, not auto-scorable: template {address[-80:]}")
    if len(element):
        if SCORE not in variables:
            raise fault(element, where, f"needs review, not auto-scorable: it declares no outcome {SCORE}")
        found.append((Processing(element, variables, where, at=element), False))
    if not found:
        raise fault(element, where, "needs review, not auto-scorable: its response processing is empty")
    return found


class _Stem:
    """The stem as the words before, in and after the interaction, whose place a line shows where it matters."""

    def __init__(self, asked: Element, lost: set[str]) -> None:
        self.asked, self.lost, self.gaps = asked, lost, gaps(asked)
        self.inside, self.children = False, list(asked)
        self.end: int | None = None

    def met(self, element: Element, words: Words) -> bool:
        """Handle the interaction and what it holds: options are read elsewhere."""
        if element is self.asked:
            self._interaction(element, words)
        elif self.inside and element.tag in _OPTIONS[self.asked.tag] and element in self.children:
            return True
        elif self.inside and element.tag == "prompt" and element in self.children:
            words.end_line()
            words.inside(element).end_line()
        elif self.inside and element.tag == "gap" and self.asked.tag == "gapMatchInteraction":
            if len(element) or (element.text or "").strip():
                raise fault(element, words.where, "has a gap that is filled")
            words.write(self.gaps[element.get("identifier", "")])
        else:
            return False
        return True

    def _interaction(self, element: Element, words: Words) -> None:
        if element.tag == "textEntryInteraction":
            words.write(_ENTRY)
        elif element.tag == "inlineChoiceInteraction":
            words.write(GAP)
        else:
            words.end_line()
            self.inside = True
            words.inside(element).end_line()
            self.inside = False
            self.end = len(words.lines)

    def read(self, body: Element, where: str) -> tuple[Words, str, str]:
        """The words of the body, the stem and the unit: a few words after a number that begins its line."""
        words = Words(where, self.lost, self.met).inside(body)
        words.end_line()
        if self.end is not None and len(words.lines) > self.end:
            self.lost.add("place of the words after the options")
        lines, unit = [], ""
        for one in words.lines:
            before, entry, after = one.partition(_ENTRY)
            if entry and not before and len(after) <= MAX_UNIT and len(words.lines) > 1:
                unit = after.strip(" ")
            else:
                lines.append(f"{before}{GAP if entry else ''}{after}")
        return words, "\n".join(lines), unit


def _quantity(
    root: Element, variable: Declared, intervals: list[Interval], where: str, lost: set[str]
) -> dict[str, str]:
    """Value and tolerance of a number, exactly; its words as written where they say the same."""
    if len(variable.correct) != 1 or not isinstance(variable.correct[0], Fraction):
        raise fault(root, where, "has no correct response")
    low, high, stated = intervals[0].low, intervals[0].high, variable.correct[0]
    if any((one.low, one.high) != (low, high) for one in intervals):
        raise fault(root, where, "its template and its own rules take different numbers for right")
    if not low <= stated <= high:
        raise fault(root, where, f"the correct response {variable.texts[0][:20]} does not score the maximum")
    value, tolerance = (low + high) / 2, (high - low) / 2
    if value != stated:
        lost.add("stated value of a number that is not the middle of its range (the middle is kept)")
    if variable.base == "integer" and tolerance:
        lost.add("limitation to whole numbers")
    spelled = [word for one in root.iter("equal") for word in one.get("tolerance", "").split()]
    return {
        "value": _figure(value, variable.texts, root, where),
        "tolerance": _figure(tolerance, spelled, root, where),
    }


def _figure(value: Fraction, spelled: Iterable[str], root: Element, where: str) -> str:
    for one in spelled:
        if _DECIMAL.fullmatch(one) and Fraction(one) == value:
            return one
    scaled = value * 10**DIGITS
    if scaled.denominator != 1:
        raise fault(root, where, f"its range of right numbers has no exact decimal form (about {float(value):g})")
    return f"{Decimal(scaled.numerator).scaleb(-DIGITS).normalize():f}"


def _note_scores(variables: Mapping[str, Declared], proofs: Iterable[Proven], lost: set[str]) -> None:
    declared_maximum = variables["MAXSCORE"].initial if "MAXSCORE" in variables else NULL
    for proof in proofs:
        if proof.partial:
            lost.add("partial credit")
        if proof.score != 1:
            lost.add("maximum score other than 1")
        if declared_maximum not in (NULL, (proof.score,)):
            lost.add("declared maximum that the correct response does not score")


def _own(root: Element, name: str) -> str | None:
    """What our own export wrote down beside QTI."""
    return root.get(f"{{{OWN}}}{name}")


def _law(root: Element) -> dict[str, str | None] | None:
    act = _own(root, "law")
    return {"act": act, "as_of": _own(root, "lawAsOf"), "valid_to": _own(root, "lawValidTo")} if act else None


def _language(root: Element) -> str | None:
    found = root.get(f"{XML}lang", "").strip().lower().replace("_", "-").partition("-")[0]
    return found or None
