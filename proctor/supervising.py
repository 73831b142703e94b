"""What operators, the page's own watch and the clock do to a test under way.

Rules:
- holds are placed and lifted one by one, with a reason; unlocking and terminating need a note;
- lifting ``review`` charges at most the silence under review, and no more than is left;
- planned or incident time above `operator_grant_limit_ms` in all, each counted by itself, needs `beyond_limit`, a
  permission web/ has checked;
- an ended test goes on only by somebody else than who ended it, and stands (hold ``reopened``) until it is resumed;
- an incident is closed with what was done about it, once it is over;
- signals are noted with their level; nothing follows from them by itself.
"""

from __future__ import annotations

from proctor import attention, conduct, incidents, integrity, permitted
from proctor.clock import deadline_ms, left_to_charge_ms, running_charge_ms
from proctor.commands import (
    Acknowledge,
    AnswerHand,
    CloseIncident,
    EndTime,
    GrantTime,
    LiftHold,
    NoteSignal,
    PlaceHold,
    RaiseHand,
    Reopen,
    ReportIncident,
    ReportSignal,
    Terminate,
    WithdrawHand,
)  # fmt: skip
from proctor.drafting import Draft
from proctor.errors import Refused, refuse
from proctor.events import (
    AttentionAcknowledged,
    HandLowered,
    HandRaised,
    HoldLifted,
    HoldPlaced,
    IncidentClosed,
    SignalNoted,
    SittingReopened,
    TimeCharged,
    TimeGranted,
)  # fmt: skip
from proctor.lease import require
from proctor.state import Hold, Lifecycle

GRANT_KINDS = ("planned", "incident")


def place_hold(draft: Draft, command: PlaceHold) -> None:
    """Stop the clock for one more reason."""
    hold = _hold(command.hold)
    refuse(permitted.place(draft.state, hold))
    refuse(None if command.reason else "reason_missing")
    charged = running_charge_ms(draft.state, draft.now)
    draft.add(
        HoldPlaced(
            **draft.by_sender(), hold=hold.value, reason=command.reason, note=command.note, charged_ms=charged
        )
    )  # fmt: skip


def lift_hold(draft: Draft, command: LiftHold) -> None:
    """Take one reason away, charging part of a silence under review, and go on if it was the last."""
    hold = _hold(command.hold)
    refuse(permitted.lift(draft.state, hold))
    refuse(None if command.reason else "reason_missing")
    refuse("note_missing" if hold is Hold.LOCKED and not command.note else None)
    refuse("wrong_amount" if command.charge_ms < 0 or (command.charge_ms and hold is not Hold.REVIEW) else None)
    refuse("above_limit" if command.charge_ms > draft.state.review_ms and command.charge_ms else None)
    charged = min(command.charge_ms, left_to_charge_ms(draft.state))
    if charged:
        draft.add(TimeCharged(**draft.by_sender(), charged_ms=charged, reason=command.reason))
    draft.add(HoldLifted(**draft.by_sender(), hold=hold.value, reason=command.reason, note=command.note))
    conduct.resume_if_free(draft)


def grant_time(draft: Draft, command: GrantTime) -> None:
    """Add to the allowance."""
    state, limit = draft.state, draft.context.exam.delivery.operator_grant_limit_ms
    refuse(permitted.still_open(state))
    refuse(None if command.reason else "reason_missing")
    refuse("wrong_amount" if command.granted_ms <= 0 or command.kind not in GRANT_KINDS else None)
    granted = command.granted_ms + (state.planned_ms if command.kind == "planned" else state.incident_ms)
    refuse("above_limit" if granted > limit and not command.beyond_limit else None)
    draft.add(
        TimeGranted(
            **draft.by_sender(), granted_ms=command.granted_ms, kind=command.kind, reason=command.reason,
            note=command.note,
        )
    )  # fmt: skip


def terminate(draft: Draft, command: Terminate) -> None:
    """End the test, with an incident that a person has to follow up."""
    refuse(permitted.terminate(draft.state))
    refuse(None if command.reason else "reason_missing")
    refuse(None if command.note else "note_missing")
    incident = incidents.drafted(
        draft.state, draft.now, command.command_id, incidents.TERMINATION,
        began_ms=draft.now, ended_ms=draft.now, note=command.note,
    )  # fmt: skip
    draft.add(incident)
    conduct.terminate(draft, command.reason, command.note, incident.incident)


def reopen(draft: Draft, command: Reopen) -> None:
    """Let an ended test go on where it stood; the clock stands until the operator resumes it."""
    refuse(permitted.reopen(draft.state))
    refuse("four_eyes" if draft.state.ended_by == command.actor else None)
    refuse(None if command.reason else "reason_missing")
    refuse(None if command.note else "note_missing")
    draft.add(SittingReopened(**draft.by_sender(), reason=command.reason, note=command.note))
    draft.add(
        HoldPlaced(
            **draft.by_sender(), hold=Hold.REOPENED.value, reason=command.reason, note=command.note, charged_ms=0
        )
    )  # fmt: skip


def report_incident(draft: Draft, command: ReportIncident) -> None:
    """Write an incident somebody saw; it is over, and what was done about it may be said later."""
    refuse(permitted.report_incident(draft.state))
    refuse(None if command.category else "reason_missing")
    refuse(None if command.note else "note_missing")
    draft.add(
        incidents.drafted(
            draft.state, draft.now, command.command_id, command.category,
            began_ms=draft.now, ended_ms=draft.now, note=command.note, by=command.actor,
        )
    )  # fmt: skip


def close_incident(draft: Draft, command: CloseIncident) -> None:
    """Write what was done about an incident that is over; its end is now unless it ended before."""
    incident = incidents.find(draft.state, command.incident)
    if incident is None:
        raise Refused("unknown_incident")
    refuse("incident_lasts" if incidents.lasts(draft.state, incident) else None)
    refuse(None if command.action else "reason_missing")
    draft.add(
        IncidentClosed(
            **draft.by_sender(), incident=incident.incident, ended_ms=incident.ended_ms or draft.now,
            action=command.action, note=command.note,
        )
    )  # fmt: skip


def acknowledge(draft: Draft, command: Acknowledge) -> None:
    """Take an entry off the attention queue."""
    delivery = draft.context.exam.delivery
    waiting = {entry.subject for entry in attention.entries(draft.state, draft.now, delivery)}
    refuse(None if command.subject in waiting else "nothing_to_acknowledge")
    draft.add(AttentionAcknowledged(**draft.by_sender(), subject=command.subject, note=command.note))


def raise_hand(draft: Draft, command: RaiseHand) -> None:
    """Call the operator; calling again for the same changes nothing."""
    refuse(permitted.still_open(draft.state))
    require(draft.state, command.tenure)
    if draft.state.hand is None or draft.state.hand.category != command.category:
        draft.add(HandRaised(**draft.by_sender(), category=command.category))


def withdraw_hand(draft: Draft, command: WithdrawHand) -> None:
    """The candidate takes the call back."""
    require(draft.state, command.tenure)
    refuse(permitted.answer_hand(draft.state))
    draft.add(HandLowered(**draft.by_sender()))


def answer_hand(draft: Draft, command: AnswerHand) -> None:
    """The operator has come."""
    refuse(permitted.answer_hand(draft.state))
    draft.add(HandLowered(**draft.by_sender()))


def report_signal(draft: Draft, command: ReportSignal) -> None:
    """Note an integrity signal with its level."""
    require(draft.state, command.tenure)
    refuse(None if draft.state.begun else "not_running")
    level = integrity.level(draft.state, command.kind, command.duration_ms, draft.context.exam.delivery)
    if level is None or command.duration_ms < 0 or command.kind in integrity.OF_THE_SERVER:
        raise Refused("wrong_signal")
    draft.add(SignalNoted(**draft.by_sender(), kind=command.kind, level=level, duration_ms=command.duration_ms))


def note_signal(draft: Draft, command: NoteSignal) -> None:
    """Note what the server saw; nothing when the test is not under way or the lease has passed on."""
    state = draft.state
    level = integrity.level(state, command.kind, 0, draft.context.exam.delivery)
    if level is None or command.kind not in integrity.OF_THE_SERVER:
        raise Refused("wrong_signal")
    if state.begun and state.lease is not None and state.lease.epoch == command.epoch:
        draft.add(SignalNoted(**draft.by_server(), kind=command.kind, level=level, duration_ms=0))


def end_time(draft: Draft, command: EndTime) -> None:
    """Close a sitting whose time ran out, after the grace for answers on their way; nothing if it did not."""
    deadline = deadline_ms(draft.state)
    if deadline is not None and draft.now >= deadline + draft.context.exam.delivery.late_grace_ms:
        assert draft.state.lifecycle is Lifecycle.RUNNING
        conduct.time_out(draft)


def _hold(name: str) -> Hold:
    if name not in set(Hold):
        raise Refused("wrong_hold")
    return Hold(name)
