"""The state after one more fact, and after all of them.

Rules:
- no clock, no engine, no policy: an event carries every number that counts;
- an event that is illegal in its lifecycle, out of order or at odds with the clock is a BrokenLog, never ignored;
- placing and lifting holds commutes: they are a set, kept in one fixed order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce, singledispatch

from proctor import events as e
from proctor import incidents
from proctor.errors import BrokenLog
from proctor.ids import CANDIDATE, Actor
from proctor.state import (
    Answered,
    AnswerOutcome,
    Decision,
    Hand,
    Held,
    Hold,
    Incident,
    Lease,
    Lifecycle,
    Loss,
    Presented,
    Sent,
    Signal,
    SittingState,
)  # fmt: skip
from proctor.transitions import TRANSITIONS

NEW = SittingState()
_HOLD_ORDER = {hold: place for place, hold in enumerate(Hold)}


class _Contradiction(Exception):
    """An event does not fit the state; evolve names the place."""


def fold(events: Iterable[e.Event]) -> SittingState:
    """The state after these events, from the first on."""
    return reduce(evolve, events, NEW)


def evolve(state: SittingState, event: e.Event) -> SittingState:
    """The state after one more fact; BrokenLog when it does not follow from what was before."""
    lifecycle = TRANSITIONS.get((state.lifecycle, type(event)))
    try:
        if lifecycle is None:
            raise _Contradiction(f"{type(event).__name__} while {state.lifecycle}")
        if event.at < state.last_at:
            raise _Contradiction("an instant before the previous event's")
        after = _apply(event, state)
    except _Contradiction as contradiction:
        raise BrokenLog(state.sitting, state.version + 1, str(contradiction)) from contradiction
    heard = event.actor == CANDIDATE and not isinstance(event, e.AnswerQuarantined)
    return replace(
        after,
        lifecycle=lifecycle,
        lifecycle_since=state.lifecycle_since if lifecycle is state.lifecycle else event.at,
        version=state.version + 1,
        last_at=event.at,
        heard_ms=event.at if heard else state.heard_ms,
        handled=state.handled | {event.cause},
    )


@singledispatch
def _apply(event: e.Event, state: SittingState) -> SittingState:
    raise NotImplementedError(type(event).__name__)


# ---- booking, check-in, lease -------------------------------------------------------------------
@_apply.register
def _(event: e.SittingRegistered, state: SittingState) -> SittingState:
    return replace(
        state, sitting=event.sitting, exam_session=event.exam_session, candidate=event.candidate, seat=event.seat,
        plan_digest=event.plan_digest, pool_digest=event.pool_digest, secret_commitment=event.secret_commitment,
        allowed_ms=event.allowed_ms,
    )  # fmt: skip


@_apply.register
def _(event: e.CheckedIn, state: SittingState) -> SittingState:
    return replace(state, document_kind=event.document_kind, station=event.station)


@_apply.register
def _(event: e.SeatCodeIssued, state: SittingState) -> SittingState:
    if event.epoch != state.epoch + 1:
        raise _Contradiction("a seat code for an epoch that is not the next")
    return replace(state, epoch=event.epoch, lease=None)


@_apply.register
def _(event: e.LeaseGranted, state: SittingState) -> SittingState:
    by_code = state.lease is None and event.epoch == state.epoch > 0
    taken_over = state.lease is not None and event.epoch == state.epoch + 1
    if not (by_code or taken_over):
        raise _Contradiction("a lease for an epoch that is not due")
    lease = Lease(epoch=event.epoch, device=event.device, tab=event.tab, since=event.at)
    known = event.device in state.known_devices
    return replace(
        state,
        epoch=event.epoch,
        lease=lease,
        known_devices=state.known_devices | {event.device},
        browser=state.browser if known else None,
        check_failed=state.check_failed if known else None,
    )


@_apply.register
def _(event: e.BrowserChecked, state: SittingState) -> SittingState:
    return replace(state, browser=event.browser, check_failed=event.failed, checked_at=event.at)


@_apply.register
def _(event: e.IdentityConfirmed, state: SittingState) -> SittingState:
    return state


@_apply.register
def _(event: e.Authorised, state: SittingState) -> SittingState:
    return replace(state, expires_ms=event.expires_ms)


@_apply.register
def _(event: e.AuthorisationExpired, state: SittingState) -> SittingState:
    return replace(state, expires_ms=None)


# ---- items and answers --------------------------------------------------------------------------
@_apply.register
def _(event: e.SittingStarted, state: SittingState) -> SittingState:
    return replace(state, running_since=event.at, started_at=event.at, expires_ms=None)


@_apply.register
def _(event: e.ItemPresented, state: SittingState) -> SittingState:
    if state.presented is not None or event.position != len(state.responses) + 1:
        raise _Contradiction("an item that is not due")
    if any(one.attempt == event.attempt for one in state.responses):
        raise _Contradiction("an attempt presented twice")
    running = event.at - (state.running_since if state.running_since is not None else event.at)
    presented = Presented(
        position=event.position, attempt=event.attempt, item=event.item, choices=event.choices, targets=event.targets,
        at=event.at, used_ms=state.charged_ms + running,
    )  # fmt: skip
    return replace(state, presented=presented, areas_done=event.areas_done)


@_apply.register
def _(event: e.AnswerRecorded, state: SittingState) -> SittingState:
    if state.presented is None or state.presented.attempt != event.attempt or state.presented.item != event.item:
        raise _Contradiction("an answer to an attempt that is not presented")
    answered = Answered(
        position=event.position, attempt=event.attempt, item=event.item, score=event.score, omitted=event.omitted
    )
    return replace(
        _with_answer(state, event.answer_id, "recorded", None),
        responses=(*state.responses, answered),
        presented=None,
        saved_at=event.at,
    )


@_apply.register
def _(event: e.AnswerQuarantined, state: SittingState) -> SittingState:
    return replace(_with_answer(state, event.answer_id, "quarantined", event.reason), quarantined_at=event.at)


@_apply.register
def _(event: e.OutcomeDecided, state: SittingState) -> SittingState:
    if any(one.outcome == event.outcome for one in state.decisions):
        raise _Contradiction("an outcome decided twice")
    decision = Decision(
        outcome=event.outcome, decision=event.decision, closed=event.closed, evidence=event.evidence,
        mastery_micro=event.mastery_micro, theta_micro=event.theta_micro,
        standard_error_micro=event.standard_error_micro, items=event.items, criteria=event.criteria,
    )  # fmt: skip
    return replace(state, decisions=(*state.decisions, decision))


def _with_answer(state: SittingState, answer_id: str, outcome: str, reason: str | None) -> SittingState:
    if state.outcome_of(answer_id) is not None:
        raise _Contradiction("an answer_id with two outcomes")
    return replace(
        state,
        answers=(*state.answers, AnswerOutcome(answer_id=answer_id, outcome=outcome, reason=reason)),
    )


# ---- the clock, holds and losses ----------------------------------------------------------------
@_apply.register
def _(event: e.ConnectionLost, state: SittingState) -> SittingState:
    if not state.stopped_ms <= event.effective_ms <= event.at:
        raise _Contradiction("a loss outside the time it can have begun in")
    clock_ran = state.running_since is not None
    stopped = _stopped(state, event.charged_ms, event.effective_ms)
    return replace(
        _placed(stopped, Hold.DISCONNECTED, event.effective_ms),
        loss=Loss(effective_ms=event.effective_ms, clock_ran=clock_ran),
        drops=state.drops + 1,
    )


@_apply.register
def _(event: e.ConnectionRestored, state: SittingState) -> SittingState:
    if state.loss is None or event.gap_ms != event.at - state.loss.effective_ms:
        raise _Contradiction("a gap that does not fit its loss")
    if not 0 <= event.charged_ms <= event.gap_ms:
        raise _Contradiction("more charged than the gap")
    credited = event.gap_ms - event.charged_ms
    waiting = credited if Hold.REVIEW in state.holds else 0
    return replace(
        _lifted(state, Hold.DISCONNECTED),
        loss=None,
        charged_ms=state.charged_ms + event.charged_ms,
        credited_ms=credited,
        review_ms=state.review_ms + waiting,
    )


@_apply.register
def _(event: e.HoldPlaced, state: SittingState) -> SittingState:
    hold = _hold(event.hold)
    placed = _placed(_stopped(state, event.charged_ms, event.at), hold, event.at)
    return replace(placed, review_ms=state.credited_ms) if hold is Hold.REVIEW else placed


@_apply.register
def _(event: e.HoldLifted, state: SittingState) -> SittingState:
    hold = _hold(event.hold)
    lifted = _lifted(state, hold)
    return replace(lifted, review_ms=0) if hold is Hold.REVIEW else lifted


@_apply.register
def _(event: e.Resumed, state: SittingState) -> SittingState:
    if state.held:
        raise _Contradiction("resumed while a hold stands")
    return replace(state, running_since=event.at)


@_apply.register
def _(event: e.TimeGranted, state: SittingState) -> SittingState:
    if event.kind == "planned":
        return replace(state, planned_ms=state.planned_ms + event.granted_ms)
    return replace(state, incident_ms=state.incident_ms + event.granted_ms)


@_apply.register
def _(event: e.TimeCharged, state: SittingState) -> SittingState:
    if not 0 <= event.charged_ms <= state.review_ms:
        raise _Contradiction("more charged than the silence under review")
    return replace(state, charged_ms=state.charged_ms + event.charged_ms, review_ms=state.review_ms - event.charged_ms)


def _hold(name: str) -> Hold:
    try:
        return Hold(name)
    except ValueError as error:
        raise _Contradiction(f"a hold {name!r} nobody knows") from error


def _stopped(state: SittingState, charged_ms: int, until: int) -> SittingState:
    """The state with the clock stopped as of `until`, having charged `charged_ms`."""
    if state.running_since is None:
        if charged_ms:
            raise _Contradiction("time charged while the clock stood")
        return state
    if not 0 <= charged_ms <= until - state.running_since:
        raise _Contradiction("more charged than the clock ran")
    return replace(state, charged_ms=state.charged_ms + charged_ms, running_since=None, stopped_ms=until)


def _placed(state: SittingState, hold: Hold, since: int) -> SittingState:
    if hold in state.holds:
        raise _Contradiction(f"hold {hold} placed twice")
    held = sorted((*state.held, Held(hold=hold, since=since)), key=lambda one: _HOLD_ORDER[one.hold])
    return replace(state, held=tuple(held))


def _lifted(state: SittingState, hold: Hold) -> SittingState:
    if hold not in state.holds:
        raise _Contradiction(f"hold {hold} lifted but not placed")
    return replace(state, held=tuple(one for one in state.held if one.hold is not hold))


# ---- calls, signals, incidents ------------------------------------------------------------------
@_apply.register
def _(event: e.HandRaised, state: SittingState) -> SittingState:
    return replace(state, hand=Hand(category=event.category, since=event.at))


@_apply.register
def _(event: e.HandLowered, state: SittingState) -> SittingState:
    return replace(state, hand=None)


@_apply.register
def _(event: e.MessageSent, state: SittingState) -> SittingState:
    if any(one.message == event.message for one in state.messages):
        raise _Contradiction("a message sent twice")
    sent = Sent(message=event.message, template=event.template, text=event.text, sender=event.actor, sent_at=event.at)
    return replace(state, messages=(*state.messages, sent))


@_apply.register
def _(event: e.MessageShown | e.MessageRead, state: SittingState) -> SittingState:
    found = {one.message: one for one in state.unread}
    read = isinstance(event, e.MessageRead)
    if event.message not in found or not (read or found[event.message].shown_at is None):
        raise _Contradiction("a receipt that is not due")
    shown_at = found[event.message].shown_at
    found[event.message] = replace(
        found[event.message],
        shown_at=event.at if shown_at is None else shown_at,  # what was read was on the screen
        read_at=event.at if read else None,
    )
    return replace(state, messages=tuple(found.get(one.message, one) for one in state.messages))


@_apply.register
def _(event: e.SignalNoted, state: SittingState) -> SittingState:
    signal = Signal(kind=event.kind, level=event.level, at=event.at, duration_ms=event.duration_ms)
    return replace(state, signals=(*state.signals, signal))


@_apply.register
def _(event: e.IncidentDrafted, state: SittingState) -> SittingState:
    if any(one.incident == event.incident for one in state.incidents):
        raise _Contradiction("an incident drafted twice")
    incident = Incident(
        incident=event.incident, category=event.category, began_ms=event.began_ms, ended_ms=event.ended_ms, action=None
    )
    drafted = replace(state, incidents=(*state.incidents, incident))
    if state.loss is not None and event.category in incidents.OF_A_LOSS:
        return replace(drafted, loss=replace(state.loss, incident=event.incident))
    return drafted


@_apply.register
def _(event: e.IncidentClosed, state: SittingState) -> SittingState:
    if not any(one.incident == event.incident for one in state.incidents):
        raise _Contradiction("an unknown incident closed")
    return replace(
        state,
        incidents=tuple(
            replace(one, ended_ms=event.ended_ms, action=event.action) if one.incident == event.incident else one
            for one in state.incidents
        ),
    )


@_apply.register
def _(event: e.AttentionAcknowledged, state: SittingState) -> SittingState:
    return replace(state, acknowledged=state.acknowledged | {event.subject})


# ---- the end ------------------------------------------------------------------------------------
@_apply.register
def _(event: e.SittingSubmitted, state: SittingState) -> SittingState:
    return _ended(state, event.at, event.charged_ms, event.reason, event.actor)


@_apply.register
def _(event: e.SittingTimedOut, state: SittingState) -> SittingState:
    return _ended(state, event.at, event.charged_ms, "time", event.actor)


@_apply.register
def _(event: e.SittingTerminated, state: SittingState) -> SittingState:
    return _ended(state, event.at, event.charged_ms, Lifecycle.TERMINATED, event.actor)


@_apply.register
def _(event: e.SittingReopened, state: SittingState) -> SittingState:
    # What passed since the end is nobody's silence: a loss that stood then counts from here.
    loss = None if state.loss is None else replace(state.loss, effective_ms=event.at, clock_ran=False)
    return replace(
        state, decisions=(), ended_at=None, end_reason=None, ended_by=None, stopped_ms=event.at, loss=loss
    )  # fmt: skip


@_apply.register
def _(event: e.SittingCancelled, state: SittingState) -> SittingState:
    return replace(state, ended_at=event.at, end_reason=event.reason, ended_by=event.actor, lease=None, hand=None)


def _ended(state: SittingState, at: int, charged_ms: int, reason: str, actor: Actor) -> SittingState:
    stopped = _stopped(state, charged_ms, at)
    return replace(stopped, ended_at=at, end_reason=str(reason), ended_by=actor, hand=None)
