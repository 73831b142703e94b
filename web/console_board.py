"""What the operator's console shows: rows with names, snapshots, feed pages, and what changed since the last tick."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from proctor import roster
from proctor.desk import Desk
from proctor.ids import ExamSessionId, SittingId
from proctor.log import Log
from proctor.roster import RosterRow
from proctor.sqlsessions import OPEN, SqlSessions
from proctor.state import Lifecycle, SittingState
from web import opening
from web.exams import Exams
from web.messages import Attention, FeedEntry, FeedReply, Flags, MessageReceipt, Row, Tick
from web.names import Names
from web.presence import Board
from web.sqlpersons import Person

FEED_LIMIT = 500
"""Entries per answer; a console that was away longer asks again."""
UNKNOWN = Person(name="–", reference="–")
"""Shown for a person whose data were erased."""


@dataclass(slots=True)
class _Watch:
    """What the consoles of one exam session were told last."""

    told: dict[str, Any] = field(default_factory=dict)
    feed: int = 0
    at: int = 0


class ConsoleBoard:
    """Rows of exam sessions at an instant, and the difference to the last tick."""

    def __init__(
        self,
        desk: Desk,
        log: Log,
        sessions: SqlSessions,
        exams: Exams,
        names: Names,
        board: Board,
        now: Callable[[], int],
    ) -> None:
        self._desk, self._log, self._sessions, self._exams = desk, log, sessions, exams
        self._names, self._board, self._now = names, board, now
        self._watches: dict[ExamSessionId, _Watch] = {}
        self._lock = Lock()

    def rows(self, exam_session: ExamSessionId, now: int) -> tuple[int, tuple[Row, ...]]:
        """The feed's head and every row of an exam session, by seat."""
        head, states = self._desk.states(exam_session)
        return head, self._rows_of(exam_session, states.values(), now)

    def feed(self, exam_session: ExamSessionId, after: int) -> FeedReply:
        """What happened after a feed number, and the rows it touched as they are now."""
        now = self._now()
        recorded = self._log.feed(exam_session, after, FEED_LIMIT)
        touched = sorted({row.sitting for row in recorded})
        states = [self._desk.state(sitting) for sitting in touched]
        entries = tuple(
            FeedEntry(feed=one.feed, sitting=one.sitting, seq=one.seq, at=one.at, kind=one.type, actor=one.event.actor)
            for one in recorded
        )
        head = recorded[-1].feed if recorded else max(after, self._log.head(exam_session))
        rows = self._rows_of(exam_session, states, now)
        return FeedReply(head=head, server_ms=now, entries=entries, rows=rows)

    def tick(self, exam_session: ExamSessionId) -> Tick:
        """What consoles have not been told yet; the first tick tells everything."""
        now = self._now()
        head, states = self._desk.states(exam_session)
        rows = self._rows_of(exam_session, states.values(), now)
        with self._lock:
            watch = self._watches.setdefault(exam_session, _Watch())
            changed = tuple(row for row in rows if watch.told.get(row.sitting) != _shape(row))
            watch.told.update((row.sitting, _shape(row)) for row in changed)
            expected = self._expected(exam_session, states.values(), now - watch.at if watch.at else 0)
            watch.feed, watch.at = head, now
        received = self._board.take_beats(states)
        return Tick(feed=head, server_ms=now, rows=changed, received=received, expected=expected)

    def everything(self, exam_session: ExamSessionId) -> Tick:
        """A tick with every row, for a console that has just come."""
        now = self._now()
        head, rows = self.rows(exam_session, now)
        return Tick(feed=head, server_ms=now, rows=rows, received=0, expected=0)

    def forget(self, exam_session: ExamSessionId) -> None:
        """Nobody watches any more."""
        with self._lock:
            self._watches.pop(exam_session, None)

    def _expected(self, exam_session: ExamSessionId, states: Iterable[SittingState], passed_ms: int) -> int:
        """Heartbeats that should have come in that time from everybody who holds a lease and is not done."""
        holders = sum(state.lease is not None and not state.closed for state in states)
        return round(holders * passed_ms / self._exams.of(exam_session).exam.delivery.heartbeat_ms)

    def _rows_of(self, exam_session: ExamSessionId, states: Iterable[SittingState], now: int) -> tuple[Row, ...]:
        some = [state for state in states if state.lifecycle is not Lifecycle.UNREGISTERED]
        persons = self._names.of(state.candidate for state in some)
        exam, status = self._exams.of(exam_session).exam, self._status(exam_session)
        rows = (roster.row(state, self._board.get(state.sitting), now, exam) for state in some)
        return tuple(sorted((_row(row, persons, status) for row in rows), key=lambda row: (len(row.seat), row.seat)))

    def _status(self, exam_session: ExamSessionId) -> str:
        session = self._sessions.get(exam_session)
        return OPEN if session is None else session.status


def _row(row: RosterRow, persons: Mapping[str, Person], status: str) -> Row:
    person = persons.get(row.candidate, UNKNOWN)
    return Row.model_construct(  # from our own dataclass: a thousand rows a second need no validating
        sitting=row.sitting,
        version=row.version,
        seat=row.seat,
        name=person.name,
        reference=person.reference,
        station=row.station,
        lifecycle=row.lifecycle.value,
        holds=tuple(hold.value for hold in row.holds),
        link=row.link.value,
        last_seen=row.last_seen,
        item_number=row.item_number,
        item_maximum=row.item_maximum,
        item_since=row.item_since,
        areas_done=row.areas_done,
        areas_total=row.areas_total,
        remaining_ms=row.remaining_ms,
        clock_running=row.clock_running,
        planned_ms=row.planned_ms,
        incident_ms=row.incident_ms,
        saved_at=row.saved_at,
        outbox_depth=row.outbox_depth,
        browser=row.browser,
        check_failed=row.check_failed,
        flags=Flags(info=row.flags.info, notice=row.flags.notice, alert=row.flags.alert),
        hand=row.hand,
        unread=row.unread,
        message=_receipt(row),
        drops=row.drops,
        review_ms=row.review_ms,
        end_reason=row.end_reason,
        attention=tuple(
            Attention.model_construct(
                subject=one.subject, kind=one.kind, level=one.level, since=one.since, number=one.number
            )
            for one in row.attention
        ),
        can={action: code or opening.obstacle(status, action) for action, code in row.can.items()},
    )


def _receipt(row: RosterRow) -> MessageReceipt | None:
    if row.message is None:
        return None
    last = row.message
    return MessageReceipt.model_construct(
        template=last.template, sent_at=last.sent_at, shown_at=last.shown_at, read_at=last.read_at
    )  # fmt: skip


def _shape(row: Row) -> tuple[Any, ...]:
    """What of a row is news: not the clock that runs by itself, nor each heartbeat of a steady link."""
    steady = row.link in ("online", "never")
    return (
        row.version,
        row.link,
        None if steady else row.last_seen,
        row.outbox_depth,
        None if row.clock_running else row.remaining_ms,
        row.name,
        row.can["check_in"],
        tuple((one.subject, one.level) for one in row.attention),
    )


def sitting_in(desk: Desk, exam_session: ExamSessionId, sitting: str) -> SittingState | None:
    """The state of a sitting if it belongs to this exam session."""
    state = desk.state(SittingId(sitting))
    return state if state.exam_session == exam_session else None
