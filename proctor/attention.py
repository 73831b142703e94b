"""The attention queue: what of one sitting an operator should look at, most severe and oldest first.

Rules:
- an entry follows from the state and the instant alone; its subject names the very occurrence;
- an acknowledged subject is gone, a new occurrence of the same kind comes back;
- an outage of the room has the same subject in every sitting: one entry of the queue, one action.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from proctor import incidents
from proctor.clock import remaining_ms
from proctor.delivery import Delivery
from proctor.integrity import ALERT
from proctor.state import Hold, Lifecycle, Loss, SittingState

DANGER, WARN, INFO = "danger", "warn", "info"
SEVERITY = {DANGER: 0, WARN: 1, INFO: 2}
OUTAGE, AFTER_OUTAGE = "outage", "after_outage"
"""Subjects of these name the outage: the same in every sitting it touches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry; `number` says how much: drops, waiting ms, signals, failed checks, answers, remaining ms."""

    subject: str
    kind: str
    level: str
    since: int
    number: int


def entries(state: SittingState, now: int, delivery: Delivery) -> tuple[Entry, ...]:
    """What waits for a person, without what was acknowledged."""
    waiting = (one for one in _occurrences(state, now, delivery.time_low_ms) if one.subject not in state.acknowledged)
    return tuple(sorted(waiting, key=lambda one: (SEVERITY[one.level], one.since, one.kind)))


def _occurrences(state: SittingState, now: int, time_low_ms: int) -> Iterator[Entry]:
    if not state.closed:
        yield from _of_the_test(state, now, time_low_ms)
        yield from _of_the_candidate(state)
    yield from _of_the_protocol(state)


def _of_the_protocol(state: SittingState) -> Iterator[Entry]:
    unanswered = incidents.unanswered(state)
    waiting = [one for one in unanswered if one.category != incidents.OUTAGE]
    for one in unanswered:
        if one.category == incidents.OUTAGE:
            since = one.ended_ms or one.began_ms
            yield Entry(subject=f"{AFTER_OUTAGE}:{one.incident}", kind=AFTER_OUTAGE, level=INFO, since=since, number=1)
    if waiting:
        first, last = waiting[0], waiting[-1]
        since = first.ended_ms or first.began_ms
        yield Entry(
            subject=f"incident:{last.incident}", kind="incident", level=INFO, since=since, number=len(waiting)
        )  # fmt: skip
    if state.quarantined:
        yield _entry("quarantine", WARN, state.quarantined_at, state.quarantined)


def _of_the_test(state: SittingState, now: int, time_low_ms: int) -> Iterator[Entry]:
    if state.loss is not None:
        yield _lost(state, state.loss)
    review = state.holds_since(Hold.REVIEW)
    if review is not None:
        yield _entry("review", WARN, review, state.review_ms)
    if state.running_since is not None and remaining_ms(state, now) <= time_low_ms:
        subject = f"time_low:{state.allowed_ms + state.planned_ms + state.incident_ms}"
        left = remaining_ms(state, now)
        yield Entry(subject=subject, kind="time_low", level=INFO, since=now - (time_low_ms - left), number=left)


def _lost(state: SittingState, loss: Loss) -> Entry:
    """A loss of one's own, or one's part in an outage; who accepted the loss is not asked once more."""
    own = _entry("connection_lost", DANGER, loss.effective_ms, state.drops)
    incident = incidents.find(state, loss.incident) if loss.incident else None
    if incident is None or incident.category != incidents.OUTAGE or own.subject in state.acknowledged:
        return own
    return replace(own, subject=f"{OUTAGE}:{incident.incident}", kind=OUTAGE)


def _of_the_candidate(state: SittingState) -> Iterator[Entry]:
    if state.hand is not None:
        yield _entry("hand", WARN, state.hand.since, 0)
    alerts = [one for one in state.signals if one.level == ALERT]
    if alerts:
        yield _entry("signals", WARN, alerts[-1].at, len(alerts))
    if state.check_failed:
        yield _entry("check_failed", WARN, state.checked_at, len(state.check_failed))
    if state.lifecycle is Lifecycle.AWAITING:
        yield _entry("waiting", INFO, state.lifecycle_since, 0)


def _entry(kind: str, level: str, since: int, number: int) -> Entry:
    return Entry(subject=f"{kind}:{since}", kind=kind, level=level, since=since, number=number)
