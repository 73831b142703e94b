"""The candidate's clock, derived from the state and the instant.

Rules:
- it runs if and only if the lifecycle is RUNNING;
- used time is what events charged plus the time since it last began to run; nothing else is ever charged;
- remaining time never shows below zero, and no event charges more than was left: what stops the clock charges up to
  the deadline, and a silence that counts as used uses up the allowance at most.
"""

from __future__ import annotations

from proctor.state import SittingState


def allowance_ms(state: SittingState) -> int:
    """The time this candidate has in all: the plan's, the planned extra and what incidents gave back."""
    return state.allowed_ms + state.planned_ms + state.incident_ms


def left_to_charge_ms(state: SittingState) -> int:
    """How much of the allowance no event has charged yet."""
    return max(0, allowance_ms(state) - state.charged_ms)


def charged_ms(state: SittingState, now: int) -> int:
    """The time used so far: charged in events, plus the time since the clock began to run."""
    if state.running_since is None:
        return state.charged_ms
    return state.charged_ms + now - state.running_since


def remaining_ms(state: SittingState, now: int) -> int:
    """The time left, 0 when it is used up."""
    return max(0, allowance_ms(state) - charged_ms(state, now))


def deadline_ms(state: SittingState) -> int | None:
    """The instant at which the time is used up if nothing stops the clock; None while it stands."""
    if state.running_since is None:
        return None
    return state.running_since + left_to_charge_ms(state)


def running_charge_ms(state: SittingState, until: int) -> int:
    """What an event that stops the clock as of `until` has to charge: up to the deadline, 0 while it stands."""
    if state.running_since is None:
        return 0
    return min(until - state.running_since, left_to_charge_ms(state))
