"""Losing and regaining the candidate.

Rules:
- the clock stands from the last sign of the candidate: the latest of last heartbeat, last act in the log and the
  instant the clock began to run (or stopped, if it stood already);
- a gap charges what the item was visible in it, never more than the gap or than is left, and nothing if the clock
  stood at the loss;
- past `credit_limit_ms`, or after more than `free_drops` losses, the hold ``review`` waits for the operator;
- a silence that began after the time was used up is the end of time, not a loss.
"""

from __future__ import annotations

from proctor import conduct, incidents
from proctor.clock import deadline_ms, left_to_charge_ms, running_charge_ms
from proctor.commands import NoteSilence, Reconnect
from proctor.drafting import Draft
from proctor.errors import Refused
from proctor.events import ConnectionLost, ConnectionRestored, HoldPlaced
from proctor.lease import require
from proctor.state import Hold, SittingState


def note_silence(draft: Draft, command: NoteSilence) -> None:
    """Suspend a silent sitting, or draft the incident of a silence that lasts; nothing if it was heard meanwhile."""
    state, delivery = draft.state, draft.context.exam.delivery
    if not state.begun or state.lease is None or state.lease.epoch != command.epoch:
        return
    if state.loss is not None:
        for event in incidents.of_lasting_silence(state, draft.now, delivery, command.command_id, command.outage):
            draft.add(event)
        return
    heard = max(command.last_seen_ms, state.heard_ms)
    if draft.now - heard <= delivery.offline_after_ms:
        return
    effective = max(heard, _clock_changed_ms(state))
    deadline = deadline_ms(state)
    if deadline is not None and effective >= deadline:
        conduct.time_out(draft)
        return
    charged = running_charge_ms(state, effective)
    draft.add(ConnectionLost(**draft.by_server(), epoch=command.epoch, effective_ms=effective, charged_ms=charged))


def reconnect(draft: Draft, command: Reconnect) -> None:
    """The lease holder is heard again."""
    require(draft.state, command.tenure)
    if draft.state.loss is None or not draft.state.begun:
        raise Refused("closed" if draft.state.closed else "not_suspended")
    if command.uncovered_ms < 0:
        raise Refused("wrong_amount")
    restore(draft, command.uncovered_ms, command.tenure.epoch)


def restore(draft: Draft, visible_ms: int, epoch: int) -> None:
    """Take the hold `disconnected` away, charging `visible_ms` of the gap; go on if nothing else holds the sitting."""
    before, delivery = draft.state, draft.context.exam.delivery
    assert before.loss is not None
    gap = draft.now - before.loss.effective_ms
    charged = min(visible_ms, gap, left_to_charge_ms(before)) if before.loss.clock_ran else 0
    draft.add(ConnectionRestored(**draft.by_sender(), epoch=epoch, gap_ms=gap, charged_ms=charged))
    for event in incidents.of_ended_silence(before, draft.now, delivery, draft.command.command_id):
        draft.add(event)
    too_long, too_often = gap > delivery.credit_limit_ms, before.drops > delivery.free_drops
    if (too_long or too_often) and Hold.REVIEW not in draft.state.holds:
        reason = "long_silence" if too_long else "many_drops"
        draft.add(HoldPlaced(**draft.by_server(), hold=Hold.REVIEW.value, reason=reason, note=None, charged_ms=0))
    conduct.resume_if_free(draft)


def visible_uncharged_ms(state: SittingState, visible_ms: int) -> int:
    """How much of an item's `visible_ms`, as its page counted, no event has charged yet."""
    assert state.presented is not None
    return max(0, visible_ms - (state.charged_ms - state.presented.used_ms))


def _clock_changed_ms(state: SittingState) -> int:
    return state.running_since if state.running_since is not None else state.stopped_ms
