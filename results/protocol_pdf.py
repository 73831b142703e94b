"""The protocol of one sitting as a PDF: a result and its course put into words, set by Typst.

Rules:
- pure: record, course, rule, signatures and words come in, bytes come out; the same input gives the same bytes;
- every outcome shows its decision, the evidence behind it and its basis; undetermined is never called failed;
- only the fonts inside Typst are used, so the document looks the same on every machine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from engine.plan import OutcomePlan
from results import bases
from results.course import Course
from results.phrasing import (
    NONE,
    Manner,
    action_word,
    basis_word,
    capacity_word,
    criterion_word,
    end_word,
    incident_word,
    interruption_word,
    message_word,
    method_word,
    mode_word,
    outcome_word,
    result_word,
)
from results.record import CriterionRow, OutcomeRow, ResultRecord
from results.rules import Node, Value

TEMPLATE = Path(__file__).parent / "protocol.typ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature as the protocol prints it: by whom, when (ms) and why."""

    name: str
    at: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """All that one protocol says; `allocation`: version of the signed split of criteria, `printed`: when made (ms).

    `outcomes` of the plan, for their cuts and how these were set.
    """

    record: ResultRecord
    course: Course
    rule: Node
    institution: str
    allocation: str
    printed: int
    outcomes: tuple[OutcomePlan, ...] = ()
    exception: Signed | None = None
    confirmation: Signed | None = None
    void: Signed | None = None


def render(protocol: Protocol, manner: Manner, *, image: bool = False) -> bytes:
    """The PDF (or, for looking at, the first page as PNG)."""
    compiled = typst.compile(
        TEMPLATE.read_bytes(),
        format="png" if image else "pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data(protocol, manner), ensure_ascii=False)},
        timestamp=datetime.fromtimestamp(protocol.printed // 1000, UTC),
    )
    first: bytes = compiled[0] if isinstance(compiled, list) else compiled
    return first


def data(protocol: Protocol, manner: Manner) -> dict[str, Any]:
    """What protocol.typ sets, ready in words."""
    say, record, course = manner.say, protocol.record, protocol.course
    return {
        "language": manner.language,
        "institution": protocol.institution,
        "title": say("Record of the course and result of the theory test"),
        "qualification": f"{record.title} ({record.qualification})",
        "footer": say("{candidate}, sitting {sitting}", candidate=course.candidate, sitting=course.sitting),
        "notices": _notices(protocol, manner),
        "facts": _facts(course, manner),
        "verdict": [
            [say("Theory part"), result_word(say, record.theory)],
            [say("Practical part"), result_word(say, record.practice)],
            [say("Qualification"), result_word(say, record.decision) + (f" ({record.label})" if record.label else "")],
        ],
        "verdict_note": verdict_note(record, manner),
        "heads": _heads(manner),
        "decision_head": [
            say("No."),
            say("Learning outcome"),
            say("Theory part"),
            say("Practical part"),
            say("Certainty"),
        ],
        "outcomes": [_outcome(row, manner) for row in record.outcomes()],
        "mastery_note": mastery_note(record, manner),
        "criterion_head": [say("No."), say("Verification criterion"), say("Items"), say("Practical part")],
        "criteria": [_criterion(row, record, manner) for outcome in record.outcomes() for row in outcome.criteria],
        **_course(course, manner),
        "basis": [
            " ".join(filter(None, (line.text, line.basis and basis_word(say, line.basis) + ".")))
            for line in bases.standing(protocol.rule, protocol.allocation, manner, protocol.outcomes)
        ],
        "log": [
            say("Events: {n}", n=course.events),
            say("Head of the log: {head}", head=grouped(course.chain_head)),
            say("Signed checkpoint: {checkpoint}", checkpoint=grouped(course.checkpoint) or say("none yet")),
            say("Digest of the result: {digest}", digest=grouped(record.digest)),
        ],
        "sign_note": _sign_note(protocol, manner),
        "signatures": [
            say("Exam-system operator: {name}", name=_operators(course)),
            say("Chair of the committee: {name}", name=protocol.confirmation.name if protocol.confirmation else "…………"),
        ],
    }


def grouped(digest: str) -> str:
    """A long hexadecimal value in groups of eight, so that it can be read out and breaks over lines."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def _notices(protocol: Protocol, manner: Manner) -> list[str]:
    say, found = manner.say, []
    if protocol.void is not None:
        found.append(
            say(
                "The result is void and counts for nothing: {reason} ({name}, {when}). What happened stays on record.",
                reason=protocol.void.reason,
                name=protocol.void.name,
                when=manner.instant(protocol.void.at),
            )
        )
    if protocol.record.provisional:
        found.append(
            say(
                "Item parameters are provisional: the authors' judgement, not yet data. No certifying decision follows."
            )
            if protocol.exception is None
            else say(
                "Item parameters are provisional. The institution signed an exception: {reason} ({name}, {when}).",
                reason=protocol.exception.reason,
                name=protocol.exception.name,
                when=manner.instant(protocol.exception.at),
            )
        )
    if protocol.confirmation is None and protocol.void is None:
        found.append(say("This result has not been confirmed yet."))
    return found


def verdict_note(record: ResultRecord, manner: Manner) -> str:
    """What the theory part came to, in numbers, and what undetermined means."""
    say = manner.say
    asked = [row.theory for row in record.outcomes() if row.theory is not None]
    text = say(
        "Every outcome of the theory part is needed. Met: {met}, not met: {not_met}, undetermined: {open} of {n}.",
        met=asked.count(Value.MET),
        not_met=asked.count(Value.NOT_MET),
        open=asked.count(Value.UNDETERMINED),
        n=len(asked),
    )
    if Value.UNDETERMINED in asked:
        text += " " + say("Undetermined is not a negative result.")
    return text


def mastery_note(record: ResultRecord, manner: Manner) -> str:
    """How the column of certainties is read; empty when no outcome has a cut."""
    cut = next((row for row in record.outcomes() if row.met_at is not None and row.not_met_at is not None), None)
    if cut is None or cut.met_at is None or cut.not_met_at is None:
        return ""
    say = manner.say
    text = say(
        "Certainty is the probability that ability lies above the cut. "
        "From {met} an outcome is met, up to {not_met} not met, between them undetermined.",
        met=manner.number(cut.met_at),
        not_met=manner.number(cut.not_met_at),
    )
    modes = dict.fromkeys(mode_word(say, row.evidence) for row in record.outcomes() if row.evidence is not None)
    return " ".join([text, *(say("Evidence: {mode}.", mode=mode) for mode in modes)])


def _heads(manner: Manner) -> dict[str, str]:
    say = manner.say
    return {
        "decisions": say("Decisions on learning outcomes"),
        "criteria": say("Evidence per verification criterion"),
        "course": say("Interruptions"),
        "incidents": say("Incidents"),
        "messages": say("Messages to the candidate"),
        "supervision": say("Supervision"),
        "basis": say("What the decision stands on"),
        "log": say("Log of the sitting"),
    }


def _facts(course: Course, manner: Manner) -> list[list[str]]:
    say = manner.say
    granted = course.planned_ms + course.incident_ms
    used = say(
        "{used} of {allowed}", used=manner.span(course.charged_ms), allowed=manner.span(course.allowed_ms + granted)
    )
    return [
        [say("Candidate"), course.candidate],
        [say("Reference"), course.reference or NONE],
        [say("Exam session"), course.exam_session],
        [say("Place"), _place(course, manner)],
        [say("Checked in at"), manner.instant(course.checked_in_ms)],
        [say("Let in"), manner.instant(course.authorised_ms)],
        [say("Started"), manner.instant(course.started_ms)],
        [say("Ended at"), manner.instant(course.ended_ms)],
        [say("Reason of the end"), end_word(say, course.end_reason or None)],
        [say("Time used"), used],
        [say("Extra time, planned"), manner.span(course.planned_ms)],
        [say("Extra time, incident"), manner.span(course.incident_ms)],
        [
            say("Answers"),
            say("{answered}, of them left out: {omitted}", answered=course.answered, omitted=course.omitted),
        ],
        [say("Answers kept aside"), str(course.quarantined)],
    ]


def outcome_note(row: OutcomeRow, manner: Manner) -> str:
    """Evidence, how the decision came about and its basis, in sentences."""
    say = manner.say
    if row.theory is None:
        return say("Verified by the committee only.")
    if row.p_mastery is None:
        return say("The test did not reach this outcome. This is not a negative result.")
    basis = say("Cut: {basis}.", basis=basis_word(say, row.basis))
    return " ".join((evidence_note(row, manner), closing_note(row, manner), basis))


def evidence_note(row: OutcomeRow, manner: Manner) -> str:
    """Items and criteria that the decision stands on."""
    sampled, total = row.sampled
    return manner.say("Items: {n}, criteria covered: {sampled} of {total}.", n=row.items, sampled=sampled, total=total)


def closing_note(row: OutcomeRow, manner: Manner) -> str:
    """When the decision fell, or why none could."""
    say = manner.say
    if row.theory is Value.UNDETERMINED:
        sampled, total = row.sampled
        if sampled < total:
            return say("Not every criterion was covered by an item. This is not a negative result.")
        if row.closed == "limit":
            return say("The limit was reached and the evidence did not suffice. This is not a negative result.")
        return say("There is too little evidence for a decision. This is not a negative result.")
    return say("Decided before the limit of items.") if row.closed == "early" else say("Decided at the limit.")


def _outcome(row: OutcomeRow, manner: Manner) -> dict[str, str]:
    say = manner.say
    return {
        "id": row.id,
        "title": row.title,
        "note": outcome_note(row, manner),
        "theory": outcome_word(say, row.theory) if row.theory is not None else NONE,
        "practice": outcome_word(say, row.practice) if row.practice is not None else NONE,
        "mastery": manner.number(row.p_mastery) if row.p_mastery is not None and row.theory is not None else NONE,
    }


def _criterion(row: CriterionRow, record: ResultRecord, manner: Manner) -> dict[str, str]:
    say = manner.say
    entry = next((found for found in record.practice_entries if found.criterion == row.id), None)
    practice = criterion_word(say, row.practice) if row.in_practice else NONE
    if entry is not None and row.in_practice:
        practice += f": {method_word(say, entry.method)}, {entry.assessor}, {manner.day(entry.on)}"
    return {
        "id": row.id,
        "title": row.title,
        "items": NONE if row.items is None else str(row.items),
        "practice": practice,
    }


def _course(course: Course, manner: Manner) -> dict[str, Any]:
    say = manner.say
    return {
        "interruption_head": [say("Reason"), say("From"), say("To"), say("Lasted"), say("Charged")],
        "interruptions": [
            [
                interruption_word(say, gap.reason),
                manner.moment(gap.began_ms),
                manner.moment(gap.ended_ms),
                NONE if gap.ended_ms is None else manner.span(gap.ended_ms - gap.began_ms),
                manner.span(gap.charged_ms),
            ]
            for gap in course.interruptions
        ],
        "no_interruptions": say("The clock was never stopped."),
        "incident_head": [say("Incident"), say("From"), say("To"), say("What was done")],
        "incidents": [
            [
                incident_word(say, one.category),
                manner.moment(one.began_ms),
                manner.moment(one.ended_ms),
                ". ".join(filter(None, (action_word(say, one.action), one.note))),
            ]
            for one in course.incidents
        ],
        "no_incidents": say("There were no incidents."),
        "message_head": [say("Message"), say("Sent by"), say("Sent"), say("On the screen"), say("Read")],
        "messages": [
            [
                message_word(say, one.template, one.text),
                one.sender,
                manner.moment(one.sent_ms),
                manner.moment(one.shown_ms),
                manner.moment(one.read_ms),
            ]
            for one in course.messages
        ],
        "no_messages": say("No message was sent."),
        "supervisor_head": [say("Who"), say("Capacity"), say("First act"), say("Last act")],
        "supervisors": [
            [one.name, capacity_word(say, one.capacity), manner.moment(one.first_ms), manner.moment(one.last_ms)]
            for one in course.supervisors
        ],
        "no_supervisors": say("Nobody acted on this sitting."),
    }


def _place(course: Course, manner: Manner) -> str:
    station = "" if course.station == course.seat else course.station
    return ", ".join(filter(None, (course.room, manner.say("seat {seat}", seat=course.seat), station)))


def _operators(course: Course) -> str:
    names = list(dict.fromkeys(one.name for one in course.supervisors if one.capacity != "supervisor"))
    return ", ".join(names) or "…………"


def _sign_note(protocol: Protocol, manner: Manner) -> str:
    say = manner.say
    made = say("Made from the log on {when}.", when=manner.instant(protocol.printed))
    if protocol.confirmation is None:
        return made
    signed = protocol.confirmation
    return made + " " + say("Confirmed by {name} on {when}.", name=signed.name, when=manner.instant(signed.at))
