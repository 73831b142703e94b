"""The last heartbeat of every sitting, in a table of its own beside the chain.

Rules:
- one batched upsert a second is enough: a restart loses at most that second, and silence counts from what is stored;
- an older heartbeat, or one of an earlier epoch, never overwrites a newer one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, and_, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from proctor.ids import ExamSessionId, SittingId
from proctor.link import Presence
from proctor.sqlstore import Writer
from proctor.tables import presence, sittings


class SqlPresence:
    """Keeps presences; `engine` reads, `writer` writes."""

    def __init__(self, writer: Writer, engine: Engine) -> None:
        self._writer, self._engine = writer, engine

    def keep(self, heard: Mapping[SittingId, Presence]) -> None:
        """Store these presences in one statement."""
        if heard:
            rows = [_values(sitting, one) for sitting, one in sorted(heard.items())]
            self._writer.write(lambda connection: _upsert(connection, rows))

    def of_session(self, exam_session: ExamSessionId) -> dict[SittingId, Presence]:
        """What was last heard from the sittings of an exam session."""
        found = select(presence).join(sittings, sittings.c.id == presence.c.sitting)
        with self._engine.connect() as connection:
            rows = connection.execute(found.where(sittings.c.exam_session == exam_session)).all()
        return {
            SittingId(row.sitting): Presence(
                last_seen_ms=row.last_seen, epoch=row.epoch, beat=row.beat, outbox_depth=row.outbox_depth,
                visible=row.visible, browser=row.browser,
            )
            for row in rows
        }  # fmt: skip


def _values(sitting: SittingId, one: Presence) -> dict[str, Any]:
    return {
        "sitting": sitting, "epoch": one.epoch, "last_seen": one.last_seen_ms, "beat": one.beat,
        "outbox_depth": one.outbox_depth, "visible": one.visible, "browser": one.browser,
    }  # fmt: skip


def _upsert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(presence).values(rows)
    new, old = statement.excluded, presence.c
    newer = or_(new.epoch > old.epoch, and_(new.epoch == old.epoch, new.last_seen >= old.last_seen))
    changed = {column.name: new[column.name] for column in presence.c if column.name != "sitting"}
    connection.execute(statement.on_conflict_do_update(index_elements=["sitting"], set_=changed, where=newer))
