"""What follows by itself in a test under way: the next item, going on when the last hold is gone, the close.

Rules:
- an item is presented only while the clock runs and nothing else is presented;
- the engine's stop comes before the end of time, and a sitting out of time gets no further item;
- every close writes the decision on every outcome first, in the same append.
"""

from __future__ import annotations

from proctor import adaptive
from proctor.clock import remaining_ms, running_charge_ms
from proctor.drafting import Draft
from proctor.events import Resumed, SittingSubmitted, SittingTerminated, SittingTimedOut
from proctor.ids import Commitment


def advance(draft: Draft) -> None:
    """Present the next item, or close if the engine stops or no time is left."""
    if draft.state.running_since is None or draft.state.presented is not None:
        return
    step = adaptive.next_step(draft.state, draft.context)
    if isinstance(step, adaptive.Stopped):
        submit(draft, step.reason)
    elif remaining_ms(draft.state, draft.now) == 0:
        time_out(draft)
    else:
        draft.add(adaptive.presented(draft.state, draft.context, step, draft.by_server()))


def resume_if_free(draft: Draft) -> None:
    """Let the clock run again when no hold is left, with the next item if none is presented."""
    if not draft.state.held:
        draft.add(Resumed(**draft.by_sender()))
        advance(draft)


def submit(draft: Draft, reason: str) -> None:
    """Close as submitted: by the candidate or by the engine's stop."""
    charged = running_charge_ms(draft.state, draft.now)
    _decide_outcomes(draft)
    stamp = draft.by_sender() if reason == "candidate" else draft.by_server()
    draft.add(SittingSubmitted(**stamp, reason=reason, charged_ms=charged))


def time_out(draft: Draft) -> None:
    """Close because the time is used up; charged is up to the deadline."""
    charged = running_charge_ms(draft.state, draft.now)
    _decide_outcomes(draft)
    draft.add(SittingTimedOut(**draft.by_server(), charged_ms=charged))


def terminate(draft: Draft, reason: str, note: Commitment, incident: str) -> None:
    """Close against the candidate's will."""
    charged = running_charge_ms(draft.state, draft.now)
    _decide_outcomes(draft)
    draft.add(SittingTerminated(**draft.by_sender(), reason=reason, note=note, incident=incident, charged_ms=charged))


def _decide_outcomes(draft: Draft) -> None:
    for decided in adaptive.decided(draft.state, draft.context, draft.by_server()):
        draft.add(decided)
