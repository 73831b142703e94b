"""Why an operator's action cannot be done now: one answer for the rules that refuse and the console that greys out.

Every function returns None (it can be done) or the refusal code.
"""

from __future__ import annotations

from proctor import incidents
from proctor.state import Hold, Lifecycle, SittingState

OPERATOR_HOLDS = (Hold.PAUSED, Hold.LOCKED, Hold.BREAK, Hold.TECHNICAL)
"""The holds a person places; the others come by rule."""
LIFTABLE = (*OPERATOR_HOLDS, Hold.REVIEW, Hold.REOPENED)
"""The holds a person lifts; `disconnected` and `transfer` go when the candidate is back."""
CONTINUABLE = ("candidate", "time", "terminated")
"""Ends after which a test could have gone on; where the engine stopped, nothing is left to ask."""


def still_open(state: SittingState) -> str | None:
    """Anything but looking needs a sitting that is not closed."""
    return "closed" if state.closed else None


def check_in(state: SittingState) -> str | None:
    """Identity is verified once, before all else."""
    return still_open(state) or (None if state.lifecycle is Lifecycle.REGISTERED else "already_checked_in")


def authorise(state: SittingState) -> str | None:
    """Only who waits at a station, with the lease, can be let in."""
    waiting = state.lifecycle is Lifecycle.AWAITING and state.lease is not None
    return still_open(state) or (None if waiting else "not_awaiting")


def place(state: SittingState, hold: Hold) -> str | None:
    """A hold is placed on a test under way, once."""
    if not state.begun:
        return still_open(state) or "not_running"
    if hold not in OPERATOR_HOLDS:
        return "wrong_hold"
    return "hold_present" if hold in state.holds else None


def lift(state: SittingState, hold: Hold) -> str | None:
    """A hold is lifted where it stands."""
    if state.lifecycle is not Lifecycle.SUSPENDED:
        return still_open(state) or "not_suspended"
    if hold not in LIFTABLE:
        return "wrong_hold"
    return None if hold in state.holds else "hold_absent"


def resume(state: SittingState) -> str | None:
    """Some hold stands that a person may lift."""
    if state.lifecycle is not Lifecycle.SUSPENDED:
        return still_open(state) or "not_suspended"
    return None if any(hold in LIFTABLE for hold in state.holds) else "hold_absent"


def terminate(state: SittingState) -> str | None:
    """Only a test that was authorised or is under way can be terminated; before that it is cancelled."""
    possible = state.begun or state.lifecycle is Lifecycle.AUTHORISED
    return still_open(state) or (None if possible else "wrong_phase")


def cancel(state: SittingState) -> str | None:
    """A booking is taken back before the test began."""
    return still_open(state) or ("wrong_phase" if state.begun else None)


def message(state: SittingState) -> str | None:
    """Who has checked in and is not done can be told something, whether the page is open at this moment or not."""
    return still_open(state) or ("see_operator" if state.lifecycle is Lifecycle.REGISTERED else None)


def answer_hand(state: SittingState) -> str | None:
    """Somebody called."""
    return None if state.hand is not None else "hand_absent"


def reopen(state: SittingState) -> str | None:
    """A test that was begun and ended before the engine had asked everything can go on."""
    if not state.closed or state.started_at is None:
        return "wrong_phase"
    return None if state.end_reason in CONTINUABLE else "test_complete"


def report_incident(state: SittingState) -> str | None:
    """Something can have happened to whoever is booked."""
    return "wrong_phase" if state.lifecycle in (Lifecycle.UNREGISTERED, Lifecycle.CANCELLED) else None


def close_incident(state: SittingState) -> str | None:
    """There is an incident that is over."""
    return None if any(not incidents.lasts(state, one) for one in state.incidents) else "unknown_incident"
