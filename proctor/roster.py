"""One row per sitting for the operator's console: all of it but the person's name.

Rules:
- no theta, no outcome, no score: the operator sees how far, never how well;
- `can` maps every action to None or to the code of why it cannot be done now (the same guards the rules use).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proctor import adaptive, attention, integrity, permitted
from proctor.attention import Entry
from proctor.clock import remaining_ms
from proctor.exam import Exam
from proctor.link import Link, Presence, of
from proctor.state import Hold, Lifecycle, Sent, SittingState


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """Integrity signals by level."""

    info: int
    notice: int
    alert: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterRow:
    """One sitting on the console; web/ adds the person's name and reference. `message`: the last one sent."""

    sitting: str
    candidate: str
    version: int
    seat: str
    station: str | None
    lifecycle: Lifecycle
    holds: tuple[Hold, ...]
    link: Link
    last_seen: int | None
    item_number: int
    item_maximum: int
    item_since: int | None
    areas_done: int
    areas_total: int
    remaining_ms: int
    clock_running: bool
    planned_ms: int
    incident_ms: int
    saved_at: int | None
    outbox_depth: int | None
    browser: str | None
    check_failed: tuple[str, ...] | None
    flags: Flags
    hand: str | None
    unread: int
    message: Sent | None
    drops: int
    review_ms: int
    end_reason: str | None
    attention: tuple[Entry, ...]
    can: Mapping[str, str | None]


def row(state: SittingState, presence: Presence | None, now: int, exam: Exam) -> RosterRow:
    """The console's row of a sitting at this instant; a presence of an earlier epoch says nothing any more."""
    heard = current(state, presence)
    seen = last_seen_ms(state, presence)
    signals = integrity.counts(state)
    entries = attention.entries(state, now, exam.delivery)
    return RosterRow(
        sitting=state.sitting, candidate=state.candidate, version=state.version, seat=state.seat, station=state.station,
        lifecycle=state.lifecycle, holds=state.holds,
        link=of(seen, now, exam.delivery), last_seen=seen,
        item_number=state.presented.position if state.presented else len(state.responses),
        item_maximum=adaptive.maximum_items(exam), item_since=state.presented.at if state.presented else None,
        areas_done=state.areas_done, areas_total=adaptive.areas(exam),
        remaining_ms=remaining_ms(state, now), clock_running=state.lifecycle is Lifecycle.RUNNING,
        planned_ms=state.planned_ms, incident_ms=state.incident_ms, saved_at=state.saved_at,
        outbox_depth=heard.outbox_depth if heard else None, browser=state.browser, check_failed=state.check_failed,
        flags=Flags(info=signals[integrity.INFO], notice=signals[integrity.NOTICE], alert=signals[integrity.ALERT]),
        hand=state.hand.category if state.hand else None, unread=len(state.unread),
        message=state.messages[-1] if state.messages else None, drops=state.drops, review_ms=state.review_ms,
        end_reason=None if state.lifecycle is Lifecycle.CANCELLED else state.end_reason,
        attention=entries, can=can(state, entries),
    )  # fmt: skip


def can(state: SittingState, entries: tuple[Entry, ...]) -> dict[str, str | None]:
    """For every action of the console: None, or why it cannot be done now."""
    return {
        "check_in": permitted.check_in(state),
        "authorise": permitted.authorise(state),
        "pause": permitted.place(state, Hold.PAUSED),
        "resume": permitted.resume(state),
        "add_time": permitted.still_open(state),
        "new_seat_code": permitted.still_open(state),
        "terminate": permitted.terminate(state),
        "acknowledge": None if entries else "nothing_to_acknowledge",
        "answer_hand": permitted.answer_hand(state),
        "message": permitted.message(state),
        "report_incident": permitted.report_incident(state),
        "close_incident": permitted.close_incident(state),
        "reopen": permitted.reopen(state),
    }


def current(state: SittingState, presence: Presence | None) -> Presence | None:
    """The presence if it is of the live lease, else None."""
    if presence is None or state.lease is None or presence.epoch != state.lease.epoch:
        return None
    return presence


def last_seen_ms(state: SittingState, presence: Presence | None) -> int | None:
    """When the live lease was last heard: by heartbeat or by its last act in the log; None without a lease."""
    if state.lease is None:
        return None
    heard = current(state, presence)
    return max(state.heard_ms, heard.last_seen_ms if heard else 0)
