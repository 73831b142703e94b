"""A sitting's log, the signed allocation, the rule, names and the practical part put together into result and protocol.

Rules:
- the record is built anew from the log every time; only practice entries and signatures are stored beside it;
- it is read by the allocation its exam session was made with, whatever has been signed since;
- a signature counts only for the result it was put under: when the practical part is corrected, it no longer covers it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from engine.plan import OutcomePlan
from proctor import protocol as sitting_protocol
from proctor.events import IncidentClosed, IncidentDrafted
from proctor.ids import Commitment, ExamSessionId, SittingId
from proctor.log import Recorded
from proctor.protocol import SittingFacts
from proctor.sqlsessions import ExamSession
from proctor.state import SittingState
from results import rules, scheme
from results.course import Course, IncidentLine, Interruption, MessageLine, Supervisor
from results.protocol_pdf import Protocol, Signed
from results.record import ResultRecord
from results.rules import Node, Value
from results.scheme import Unit
from results.sqlrecords import Entered, Kind, Signature
from web import candidate_result
from web.errors import Problem
from web.wiring import Wiring

DISCONNECTED = "disconnected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything the staff's page and the protocol say about one sitting."""

    session: ExamSession
    state: SittingState
    units: Unit
    rule: Node
    record: ResultRecord
    course: Course
    allocation: int
    outcomes: tuple[OutcomePlan, ...]
    history: tuple[Entered, ...]
    signatures: tuple[Signature, ...]
    names: Mapping[str, str]

    @property
    def exception(self) -> Signature | None:
        """The institution's exception for this very result."""
        return self._standing(Kind.EXCEPTION)

    @property
    def confirmation(self) -> Signature | None:
        """The confirmation of this very result."""
        return self._standing(Kind.CONFIRMATION)

    @property
    def void(self) -> Signature | None:
        """The supervisor's word that no result of this sitting counts, whatever it was put under."""
        return next((one for one in self.signatures if one.kind is Kind.VOID), None)

    @property
    def decided(self) -> bool:
        """Whether the qualification is decided, one way or the other."""
        return self.record.decision is not Value.UNDETERMINED

    def _standing(self, kind: Kind) -> Signature | None:
        there = (one for one in self.signatures if one.kind is kind and one.digest == self.record.digest)
        return next(there, None)


def today(wiring: Wiring) -> date:
    """The calendar day where the institution is."""
    zone = ZoneInfo(wiring.settings.time_zone)
    return datetime.fromtimestamp(wiring.now() / 1000, zone).date()


def sheet(wiring: Wiring, sitting: str) -> Sheet:
    """The result and course of a sitting; Problem ``not_found``, or ``no_result`` when its plan states no rule."""
    entry = wiring.sessions.sitting(SittingId(sitting))
    session = None if entry is None else wiring.sessions.get(entry.exam_session)
    recorded = () if entry is None else wiring.log.read(entry.id)
    if entry is None or session is None or not recorded:
        raise Problem("not_found")
    content = wiring.exams.of(session.id)
    if content.exam.plan.plan.decision_rule is None:
        raise Problem("no_result")
    tree = wiring.bank.standard(session.standard)
    allocation = wiring.bank.allocation(session.standard, session.allocation)
    state = wiring.desk.state(entry.id)
    facts = sitting_protocol.facts(recorded)
    history, signatures = wiring.records.history(entry.id), wiring.records.signatures(entry.id)
    names = account_names(wiring)
    return Sheet(
        session=session,
        state=state,
        units=scheme.read(tree.as_json()["tree"], allocation.parts, tree.code, tree.title),
        rule=rules.parse(json.loads(content.exam.plan.plan.decision_rule)),
        record=candidate_result.build(state, content, tree, allocation, wiring.records.practice(entry.id)),
        course=course(wiring, session, facts, recorded, names),
        allocation=allocation.version,
        outcomes=content.exam.plan.plan.outcomes,
        history=history,
        signatures=signatures,
        names=names,
    )


def account_names(wiring: Wiring) -> Mapping[str, str]:
    """Names of staff by account id."""
    return {account.id: account.name for account in wiring.accounts.all()}


def protocol(wiring: Wiring, sheet: Sheet) -> Protocol:
    """What the protocol of this sitting says."""
    return Protocol(
        record=sheet.record,
        course=sheet.course,
        rule=sheet.rule,
        institution=wiring.settings.institution,
        allocation=str(sheet.allocation),
        printed=wiring.now(),
        outcomes=sheet.outcomes,
        exception=_signed(sheet.exception, sheet.names),
        confirmation=_signed(sheet.confirmation, sheet.names),
        void=_signed(sheet.void, sheet.names),
    )


def course(
    wiring: Wiring,
    session: ExamSession,
    facts: SittingFacts,
    recorded: Sequence[Recorded],
    names: Mapping[str, str],
) -> Course:
    """How the sitting went, with the names and notes that lie beside the log."""
    person = wiring.names.one(facts.candidate)
    texts = wiring.persons.texts(facts.candidate)
    version_and_head, checkpoint = _checkpoint(wiring, session.id, facts.sitting)
    return Course(
        sitting=facts.sitting,
        exam_session=session.title,
        room=session.room,
        seat=facts.seat,
        station=facts.station or "",
        candidate=person.name if person is not None else facts.candidate,
        reference=person.reference if person is not None else "",
        checked_in_ms=facts.checked_in_at,
        authorised_ms=facts.authorised_at,
        started_ms=facts.started_at,
        ended_ms=facts.ended_at,
        end_reason=facts.end_reason or "",
        allowed_ms=facts.allowed_ms,
        planned_ms=facts.planned_ms,
        incident_ms=facts.incident_ms,
        charged_ms=facts.used_ms,
        answered=facts.answered,
        omitted=facts.omitted,
        quarantined=facts.quarantined,
        interruptions=interruptions(facts),
        incidents=tuple(_incidents(facts, recorded, texts)),
        messages=tuple(_messages(facts, texts, names)),
        supervisors=tuple(_supervisors(wiring, session.id, facts, names)),
        chain_head=facts.head,
        events=facts.events,
        checkpoint=checkpoint if version_and_head == (facts.events, facts.head) else "",
    )


def interruptions(facts: SittingFacts) -> tuple[Interruption, ...]:
    """Every span in which the clock stood, in the order they began; a hold carries its reason behind a colon."""
    gaps = [
        Interruption(reason=DISCONNECTED, began_ms=gap.began_ms, ended_ms=gap.ended_ms, charged_ms=gap.charged_ms)
        for gap in facts.gaps
    ]
    stops = [
        Interruption(
            reason=f"{stop.hold}:{stop.reason}" if stop.reason and stop.reason != stop.hold else stop.hold,
            began_ms=stop.began_ms,
            ended_ms=stop.ended_ms,
            charged_ms=0,
        )
        for stop in facts.stops
    ]
    return tuple(sorted([*gaps, *stops], key=lambda one: one.began_ms))


def _incidents(
    facts: SittingFacts, recorded: Sequence[Recorded], texts: Mapping[Commitment, str]
) -> Iterator[IncidentLine]:
    notes: dict[str, list[str]] = {}
    for row in recorded:
        if isinstance(row.event, (IncidentDrafted, IncidentClosed)) and row.event.note is not None:
            notes.setdefault(row.event.incident, []).extend(filter(None, (texts.get(row.event.note),)))
    for one in facts.incidents:
        yield IncidentLine(
            id=one.incident,
            category=one.category,
            began_ms=one.began_ms,
            ended_ms=one.ended_ms or None,
            action=one.action or "",
            note=" ".join(dict.fromkeys(notes.get(one.incident, ()))),
        )


def _messages(facts: SittingFacts, texts: Mapping[Commitment, str], names: Mapping[str, str]) -> Iterator[MessageLine]:
    for one in facts.messages:
        account = one.sender.removeprefix("staff:")
        yield MessageLine(
            sender=names.get(account, account),
            template=one.template,
            text="" if one.text is None else texts.get(one.text, ""),
            sent_ms=one.sent_at,
            shown_ms=one.shown_at,
            read_ms=one.read_at,
        )


def _supervisors(
    wiring: Wiring, exam_session: ExamSessionId, facts: SittingFacts, names: Mapping[str, str]
) -> Iterator[Supervisor]:
    for actor in facts.operators:
        account = actor.removeprefix("staff:")
        times = [act.at for act in facts.acts if act.actor == actor]
        capacities = sorted(wiring.sessions.capacities(exam_session, account))
        yield Supervisor(
            name=names.get(account, account),
            capacity=capacities[0] if capacities else "staff",
            first_ms=min(times),
            last_ms=max(times),
        )


def _checkpoint(wiring: Wiring, exam_session: ExamSessionId, sitting: SittingId) -> tuple[tuple[int, str] | None, str]:
    """What the last checkpoint of the exam session states about this sitting, and its signature."""
    last = wiring.checkpoints.last(exam_session)
    if last is None:
        return None, ""
    return last.heads.get(sitting), last.signature.hex()


def _signed(signature: Signature | None, names: Mapping[str, str]) -> Signed | None:
    if signature is None:
        return None
    return Signed(name=names.get(signature.account, signature.account), at=signature.at, reason=signature.reason)
