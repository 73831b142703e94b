"""The facts of one sitting for the protocol and the decision: times, charges, gaps, incidents, outcomes, who acted.

Rules:
- everything here was written in events; nothing is computed anew but sums, spans and counts;
- the chain head at the end stands for every event before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proctor import events as e
from proctor.clock import charged_ms
from proctor.fold import fold
from proctor.ids import Actor, CandidateId, Commitment, ExamSessionId, ItemId, SittingId
from proctor.log import Recorded
from proctor.state import Decision, Incident, Lifecycle, Sent, Signal, SittingState


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One silence: it began at `began_ms`; `ended_ms` None if the candidate did not come back before the close."""

    began_ms: int
    ended_ms: int | None
    charged_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One hold from placing to lifting; `ended_ms` None if it stood at the close."""

    hold: str
    reason: str
    note: Commitment | None
    placed_by: Actor
    began_ms: int
    ended_ms: int | None
    lifted_by: Actor | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Time added: `kind` ``planned`` or ``incident``."""

    at: int
    granted_ms: int
    kind: str
    reason: str
    note: Commitment | None
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One item given to the candidate and what came of it; `score` None if it was never answered."""

    position: int
    item: ItemId
    outcome: str
    criterion: str
    presented_at: int
    answered_at: int | None
    response: tuple[str, ...]
    omitted: bool
    score: int | None
    visible_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something a person of the staff did."""

    at: int
    kind: str
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingFacts:
    """All a protocol needs of one sitting; instants in milliseconds, None for what did not happen.

    `criteria`: how many scored answers each verification criterion got, an item of several counting for each.
    """

    sitting: SittingId
    exam_session: ExamSessionId
    candidate: CandidateId
    seat: str
    station: str | None
    document_kind: str | None
    plan_digest: str
    pool_digest: str
    secret_commitment: str
    lifecycle: Lifecycle
    end_reason: str | None
    terminated_reason: str | None
    checked_in_at: int | None
    authorised_at: int | None
    started_at: int | None
    ended_at: int | None
    allowed_ms: int
    planned_ms: int
    incident_ms: int
    used_ms: int
    gaps: tuple[Gap, ...]
    stops: tuple[Stop, ...]
    grants: tuple[Grant, ...]
    incidents: tuple[Incident, ...]
    messages: tuple[Sent, ...]
    signals: tuple[Signal, ...]
    items: tuple[Given, ...]
    answered: int
    omitted: int
    quarantined: int
    criteria: tuple[tuple[str, int], ...]
    decisions: tuple[Decision, ...]
    operators: tuple[Actor, ...]
    acts: tuple[Act, ...]
    events: int
    head: str


def facts(recorded: Sequence[Recorded]) -> SittingFacts:
    """The facts of a sitting from all its events; ValueError when there are none."""
    if not recorded:
        raise ValueError("a sitting without events has no facts")
    happened = [row.event for row in recorded]
    state = fold(happened)
    items = tuple(_items(happened))
    acts = tuple(Act(at=row.at, kind=row.type, actor=row.event.actor) for row in recorded if _by_staff(row.event))
    return SittingFacts(
        sitting=state.sitting, exam_session=state.exam_session, candidate=state.candidate, seat=state.seat,
        station=state.station, document_kind=state.document_kind, plan_digest=state.plan_digest,
        pool_digest=state.pool_digest, secret_commitment=state.secret_commitment, lifecycle=state.lifecycle,
        end_reason=state.end_reason, terminated_reason=_terminated(state, happened),
        checked_in_at=_first(happened, e.CheckedIn), authorised_at=_last(happened, e.Authorised),
        started_at=state.started_at, ended_at=state.ended_at, allowed_ms=state.allowed_ms,
        planned_ms=state.planned_ms, incident_ms=state.incident_ms, used_ms=charged_ms(state, state.last_at),
        gaps=tuple(_gaps(happened)), stops=tuple(_stops(happened)), grants=tuple(_grants(happened)),
        incidents=state.incidents, messages=state.messages, signals=state.signals, items=items,
        answered=len(state.responses), omitted=sum(one.omitted for one in state.responses),
        quarantined=state.quarantined, criteria=_criteria(items), decisions=state.decisions,
        operators=tuple(sorted({act.actor for act in acts})), acts=acts,
        events=len(recorded), head=recorded[-1].head,
    )  # fmt: skip


def _by_staff(event: e.Event) -> bool:
    return event.actor.startswith("staff:")


def _first(happened: Sequence[e.Event], kind: type[e.Event]) -> int | None:
    return next((event.at for event in happened if isinstance(event, kind)), None)


def _last(happened: Sequence[e.Event], kind: type[e.Event]) -> int | None:
    return _first(happened[::-1], kind)


def _terminated(state: SittingState, happened: Sequence[e.Event]) -> str | None:
    if state.lifecycle is not Lifecycle.TERMINATED:
        return None
    return next((event.reason for event in reversed(happened) if isinstance(event, e.SittingTerminated)), None)


def _gaps(happened: Sequence[e.Event]) -> Iterator[Gap]:
    lost: e.ConnectionLost | None = None
    for event in happened:
        if isinstance(event, e.ConnectionLost):
            lost = event
        elif isinstance(event, e.ConnectionRestored) and lost is not None:
            yield Gap(began_ms=lost.effective_ms, ended_ms=event.at, charged_ms=event.charged_ms)
            lost = None
    if lost is not None:
        yield Gap(began_ms=lost.effective_ms, ended_ms=None, charged_ms=0)


def _stops(happened: Sequence[e.Event]) -> Iterator[Stop]:
    for place, event in enumerate(happened):
        if isinstance(event, e.HoldPlaced):
            later = happened[place + 1 :]
            lifted = next((one for one in later if isinstance(one, e.HoldLifted) and one.hold == event.hold), None)
            yield Stop(
                hold=event.hold, reason=event.reason, note=event.note, placed_by=event.actor, began_ms=event.at,
                ended_ms=lifted.at if lifted else None, lifted_by=lifted.actor if lifted else None,
            )  # fmt: skip


def _grants(happened: Sequence[e.Event]) -> Iterator[Grant]:
    for event in happened:
        if isinstance(event, e.TimeGranted):
            yield Grant(
                at=event.at, granted_ms=event.granted_ms, kind=event.kind, reason=event.reason, note=event.note,
                actor=event.actor,
            )  # fmt: skip


def _items(happened: Sequence[e.Event]) -> Iterator[Given]:
    answers = {event.attempt: event for event in happened if isinstance(event, e.AnswerRecorded)}
    for event in happened:
        if isinstance(event, e.ItemPresented):
            answer = answers.get(event.attempt)
            yield Given(
                position=event.position, item=event.item, outcome=event.outcome, criterion=event.criterion,
                presented_at=event.at, answered_at=answer.at if answer else None,
                response=answer.response if answer else (), omitted=answer.omitted if answer else False,
                score=answer.score if answer else None, visible_ms=answer.visible_ms if answer else 0,
            )  # fmt: skip


def _criteria(items: Sequence[Given]) -> tuple[tuple[str, int], ...]:
    answered = (one for one in items if one.score is not None)
    counted = Counter(criterion for one in answered for criterion in one.criterion.split("|") if criterion)
    return tuple(sorted(counted.items()))
