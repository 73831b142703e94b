"""What a candidate's page may know of a sitting: a phase, opaque ids and integers.

Rules:
- no key, theta, difficulty, outcome, criterion, score or item id; web/ joins the presented item's face by itself;
- the item is there only in the phase ``item``: a covered item is not sent at all;
- an unread message of the operator is there until it is acknowledged or the test is over; its text web/ adds by itself;
- the count of finished areas is the one that was last written with a presented item, never a fresh one.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from proctor import adaptive
from proctor.clock import allowance_ms, remaining_ms
from proctor.exam import Exam
from proctor.ids import AttemptId
from proctor.state import CLOSED, Lifecycle, Sent, SittingState

PHASES = {
    Lifecycle.UNREGISTERED: "see_operator",
    Lifecycle.REGISTERED: "see_operator",
    Lifecycle.CHECKED_IN: "identity",
    Lifecycle.AWAITING: "waiting",
    Lifecycle.AUTHORISED: "briefing",
    Lifecycle.RUNNING: "item",
    Lifecycle.SUSPENDED: "covered",
    **dict.fromkeys(CLOSED, "finished"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFace:
    """The clock as the server sees it at this instant."""

    remaining_ms: int
    allowed_ms: int
    running: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The number of the present item (0 before the first), the most there can be, areas finished and in all."""

    number: int
    maximum: int
    areas_done: int | None
    areas_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The presentation on screen; its text is made in web/ from `SittingState.presented` and the item bank."""

    attempt: AttemptId
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """Why the item is covered, and since when."""

    reasons: tuple[str, ...]
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing:
    """What is said before the test begins."""

    allowed_ms: int
    maximum: int
    areas_total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the candidate takes along: how many answers are stored, when it ended and how."""

    answered: int
    ended_at: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The state of a sitting as its candidate may see it; the phase says which parts are there."""

    state_version: int
    phase: str
    clock: ClockFace | None
    progress: Progress | None
    shown: Shown | None
    cover: Cover | None
    briefing: Briefing | None
    receipt: Receipt | None
    hand: str | None
    messages: tuple[Sent, ...]
    saved_at: int | None


def phase(state: SittingState) -> str:
    """The page the candidate should see."""
    if state.lifecycle is Lifecycle.CHECKED_IN and state.check_failed is None:
        return "check"
    return PHASES[state.lifecycle]


def view(state: SittingState, now: int, exam: Exam) -> View:
    """The candidate's view at this instant."""
    page = phase(state)
    maximum, areas = adaptive.maximum_items(exam), adaptive.areas(exam)
    under_way = page in ("item", "covered")
    return View(
        state_version=state.version,
        phase=page,
        clock=_clock(state, now) if under_way or page == "briefing" else None,
        progress=_progress(state, exam, maximum, areas) if under_way else None,
        shown=_shown(state) if page == "item" else None,
        cover=_cover(state) if page == "covered" else None,
        briefing=_briefing(state, maximum, areas) if page in ("waiting", "briefing") else None,
        receipt=_receipt(state),
        hand=None if state.hand is None else state.hand.category,
        messages=() if state.closed else state.unread,
        saved_at=state.saved_at,
    )


def receipt_code(head: str) -> str:
    """A short code of the sitting's chain head that a person can copy: 60 bits as three groups of four characters."""
    text = base64.b32encode(bytes.fromhex(head)[:10]).decode()
    return "-".join(text[start : start + 4] for start in (0, 4, 8))


def _clock(state: SittingState, now: int) -> ClockFace:
    running = state.lifecycle is Lifecycle.RUNNING
    return ClockFace(remaining_ms=remaining_ms(state, now), allowed_ms=allowance_ms(state), running=running)


def _progress(state: SittingState, exam: Exam, maximum: int, areas: int) -> Progress:
    number = state.presented.position if state.presented else len(state.responses)
    done = state.areas_done if exam.delivery.show_progress else None
    return Progress(number=number, maximum=maximum, areas_done=done, areas_total=areas)


def _shown(state: SittingState) -> Shown | None:
    if state.presented is None:
        return None
    return Shown(attempt=state.presented.attempt, number=state.presented.position)


def _cover(state: SittingState) -> Cover:
    return Cover(reasons=tuple(str(hold) for hold in state.holds), since=min(one.since for one in state.held))


def _briefing(state: SittingState, maximum: int, areas: int) -> Briefing:
    return Briefing(allowed_ms=allowance_ms(state), maximum=maximum, areas_total=areas)


def _receipt(state: SittingState) -> Receipt | None:
    if not state.closed or state.ended_at is None or state.end_reason is None:
        return None
    return Receipt(answered=len(state.responses), ended_at=state.ended_at, reason=state.end_reason)
