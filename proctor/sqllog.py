"""The log of sittings in a database.

Rules:
- an append locks its exam session's row first (it takes the feed numbers there), then moves the sitting on from the
  expected version; the order is the same everywhere, so appends of one exam session queue and never deadlock;
- unique (sitting, seq) and unique (exam_session, feed) hold even against a writer that does not follow this file;
- whoever lost the race gets LogConflict and nothing of theirs is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from proctor.codec import decode
from proctor.errors import BrokenLog, LogConflict
from proctor.events import Event
from proctor.ids import ExamSessionId, SittingId
from proctor.log import Recorded, Stored, seal
from proctor.sqlstore import Writer
from proctor.tables import events, exam_sessions, sittings

_COLUMNS = (
    events.c.sitting, events.c.seq, events.c.feed, events.c.at, events.c.type, events.c.schema, events.c.body,
    events.c.head,
)  # fmt: skip


class SqlLog:
    """See `proctor.log.Log`; `engine` reads, `writer` appends. A sitting needs its row (SqlSessions.add_sitting)."""

    def __init__(self, writer: Writer, engine: Engine) -> None:
        self._writer, self._engine = writer, engine

    def read(self, sitting: SittingId, after: int = 0) -> tuple[Recorded, ...]:
        """See `Log.read`."""
        found = select(*_COLUMNS).where(events.c.sitting == sitting, events.c.seq > after)
        with self._engine.connect() as connection:
            return tuple(_recorded(row) for row in connection.execute(found.order_by(events.c.seq)))

    def append(self, sitting: SittingId, expected_version: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """See `Log.append`."""
        if not events:
            return self._nothing(sitting, expected_version)
        try:
            return self._writer.write(lambda connection: append(connection, sitting, expected_version, events))
        except IntegrityError as error:
            raise LogConflict(sitting) from error

    def head(self, exam_session: ExamSessionId) -> int:
        """See `Log.head`."""
        found = select(exam_sessions.c.feed).where(exam_sessions.c.id == exam_session)
        with self._engine.connect() as connection:
            return connection.execute(found).scalar() or 0

    def feed(self, exam_session: ExamSessionId, after: int, limit: int) -> tuple[Recorded, ...]:
        """See `Log.feed`."""
        found = select(*_COLUMNS).where(events.c.exam_session == exam_session, events.c.feed > after)
        with self._engine.connect() as connection:
            return tuple(_recorded(row) for row in connection.execute(found.order_by(events.c.feed).limit(limit)))

    def sittings(self, exam_session: ExamSessionId) -> tuple[SittingId, ...]:
        """See `Log.sittings`."""
        found = select(sittings.c.id).where(sittings.c.exam_session == exam_session, sittings.c.version > 0)
        with self._engine.connect() as connection:
            return tuple(SittingId(one) for one in connection.scalars(found.order_by(sittings.c.id)))

    def counts(self) -> Mapping[SittingId, int]:
        """How many events of each sitting lie there."""
        found = select(events.c.sitting, func.count()).group_by(events.c.sitting)
        with self._engine.connect() as connection:
            return {SittingId(one): count for one, count in connection.execute(found)}

    def stored(self, exam_session: ExamSessionId) -> Mapping[SittingId, int]:
        """How many events of each sitting lie there under this exam session, whatever the registry says."""
        found = select(events.c.sitting, func.count()).where(events.c.exam_session == exam_session)
        with self._engine.connect() as connection:
            return {SittingId(one): count for one, count in connection.execute(found.group_by(events.c.sitting))}

    def rows(self, sitting: SittingId) -> tuple[Stored, ...]:
        """The sitting's rows as they lie there, undecoded: for a verifier."""
        found = select(*_COLUMNS).where(events.c.sitting == sitting).order_by(events.c.seq)
        with self._engine.connect() as connection:
            return tuple(Stored(**_values(row)) for row in connection.execute(found))

    def _nothing(self, sitting: SittingId, expected_version: int) -> tuple[Recorded, ...]:
        with self._engine.connect() as connection:
            version = connection.execute(select(sittings.c.version).where(sittings.c.id == sitting)).scalar()
        if (version or 0) != expected_version:
            raise LogConflict(sitting)
        return ()


def append(
    connection: Connection, sitting: SittingId, expected_version: int, added: Sequence[Event]
) -> tuple[Recorded, ...]:
    """The unit of work of an append; LogConflict, or LookupError for a sitting without a row, leaves nothing behind."""
    where = select(sittings.c.exam_session, sittings.c.version, sittings.c.head).where(sittings.c.id == sitting)
    found = connection.execute(where).one_or_none()
    if found is None:
        raise LookupError(f"sitting {sitting} has no row")
    if found.version != expected_version:
        raise LogConflict(sitting)
    last_feed = connection.execute(
        update(exam_sessions)
        .where(exam_sessions.c.id == found.exam_session)
        .values(feed=exam_sessions.c.feed + len(added))
        .returning(exam_sessions.c.feed)
    ).scalar_one()
    rows = seal(sitting, found.head, expected_version, last_feed - len(added), added)
    moved = connection.execute(
        update(sittings)
        .where(sittings.c.id == sitting, sittings.c.version == expected_version)
        .values(version=expected_version + len(added), head=rows[-1].head)
    )
    if moved.rowcount != 1:
        raise LogConflict(sitting)
    connection.execute(insert(events), [_columns(row, found.exam_session) for row in rows])
    return rows


def _columns(row: Recorded, exam_session: str) -> dict[str, object]:
    return {
        "sitting": row.sitting, "seq": row.seq, "exam_session": exam_session, "feed": row.feed, "at": row.at,
        "type": row.type, "schema": row.schema, "body": row.body, "head": row.head,
    }  # fmt: skip


def _values(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    values = dict(row._mapping)
    body = values["body"]  # SQLite gives text back where somebody has stored text: a verifier judges that too
    return {**values, "body": body.encode() if isinstance(body, str) else bytes(body)}


def _recorded(row: Row[*tuple[Any, ...]]) -> Recorded:
    values = _values(row)
    try:
        event = decode(values["type"], values["schema"], values["body"])
    except ValueError as error:
        raise BrokenLog(values["sitting"], values["seq"], str(error)) from error
    return Recorded(**values, event=event)
