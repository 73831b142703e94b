"""The log of sittings: what a stored event looks like, the protocol of every log, and the one in memory.

Rules:
- append at the expected version or not at all; two writers can never both win;
- what is stored are the canonical bytes; the chain is over them, never over re-serialised classes;
- every event of an exam session gets the next number of that session's feed, without a gap, in the same step.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from proctor.chain import link
from proctor.codec import encode
from proctor.errors import LogConflict
from proctor.events import Event, SittingRegistered
from proctor.ids import ExamSessionId, SittingId


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One row as it lies in the store, undecoded: what a verifier reads."""

    sitting: SittingId
    seq: int
    feed: int
    at: int
    type: str
    schema: int
    body: bytes
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Stored):
    """One stored row with the event it holds."""

    event: Event


class Log(Protocol):
    """Where events of sittings are kept."""

    def read(self, sitting: SittingId, after: int = 0) -> tuple[Recorded, ...]:
        """The events with seq > `after`, in order."""

    def append(self, sitting: SittingId, expected_version: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """Store `events` behind the first `expected_version` ones; LogConflict unless there are exactly so many."""

    def head(self, exam_session: ExamSessionId) -> int:
        """The last feed number of the exam session, 0 before the first event."""

    def feed(self, exam_session: ExamSessionId, after: int, limit: int) -> tuple[Recorded, ...]:
        """At most `limit` events of the exam session with feed > `after`, in the order of the feed."""

    def sittings(self, exam_session: ExamSessionId) -> tuple[SittingId, ...]:
        """The sittings of the exam session that have events, sorted by id."""


def seal(
    sitting: SittingId, previous_head: str, version: int, feed: int, events: Sequence[Event]
) -> tuple[Recorded, ...]:
    """The rows of `events` behind `version` events that end in `previous_head`, after feed number `feed`."""
    rows: list[Recorded] = []
    for step, event in enumerate(events, start=1):
        body = encode(event)
        previous_head = link(previous_head, version + step, body)
        rows.append(
            Recorded(
                sitting=sitting, seq=version + step, feed=feed + step, at=event.at, type=type(event).__name__,
                schema=event.SCHEMA, body=body, head=previous_head, event=event,
            )
        )  # fmt: skip
    return tuple(rows)


class MemoryLog:
    """A log in memory, safe between threads: the reference the stored ones are measured against."""

    def __init__(self) -> None:
        self._streams: dict[SittingId, list[Recorded]] = {}
        self._feeds: dict[ExamSessionId, list[Recorded]] = {}
        self._session_of: dict[SittingId, ExamSessionId] = {}
        self._lock = threading.Lock()

    def read(self, sitting: SittingId, after: int = 0) -> tuple[Recorded, ...]:
        """See `Log.read`."""
        with self._lock:
            return tuple(self._streams.get(sitting, ())[after:])

    def append(self, sitting: SittingId, expected_version: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """See `Log.append`; the first event must be SittingRegistered, which names the exam session."""
        with self._lock:
            stream = self._streams.get(sitting, [])
            if len(stream) != expected_version:
                raise LogConflict(sitting)
            if not events:
                return ()
            if not stream:
                first = events[0]
                if not isinstance(first, SittingRegistered):
                    raise ValueError(f"sitting {sitting} must begin with SittingRegistered, not {type(first).__name__}")
                self._session_of[sitting] = first.exam_session
            feed = self._feeds.setdefault(self._session_of[sitting], [])
            rows = seal(sitting, stream[-1].head if stream else "", len(stream), len(feed), events)
            self._streams[sitting] = [*stream, *rows]
            feed.extend(rows)
            return rows

    def head(self, exam_session: ExamSessionId) -> int:
        """See `Log.head`."""
        with self._lock:
            return len(self._feeds.get(exam_session, ()))

    def feed(self, exam_session: ExamSessionId, after: int, limit: int) -> tuple[Recorded, ...]:
        """See `Log.feed`."""
        with self._lock:
            return tuple(self._feeds.get(exam_session, ())[after : after + limit])

    def sittings(self, exam_session: ExamSessionId) -> tuple[SittingId, ...]:
        """See `Log.sittings`."""
        with self._lock:
            return tuple(sorted(one for one, session in self._session_of.items() if session == exam_session))
