"""Checkpoints in the database, beside the file that is kept outside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from sqlalchemy import Connection, Engine, func, insert, select

from proctor.checkpoints import Checkpoint
from proctor.ids import ExamSessionId
from proctor.sqlstore import Writer
from proctor.tables import checkpoints


class SqlCheckpoints:
    """Keeps checkpoints; `engine` reads, `writer` writes."""

    def __init__(self, writer: Writer, engine: Engine) -> None:
        self._writer, self._engine = writer, engine

    def keep(self, checkpoint: Checkpoint) -> None:
        """Store a checkpoint; storing it again changes nothing."""
        values = {
            "digest": hashlib.sha256(checkpoint.body).hexdigest(), "exam_session": checkpoint.exam_session,
            "at": checkpoint.at, "body": checkpoint.body, "signature": checkpoint.signature,
        }  # fmt: skip

        def unit(connection: Connection) -> None:
            present = select(checkpoints.c.at).where(checkpoints.c.digest == values["digest"])
            if connection.execute(present).first() is None:
                connection.execute(insert(checkpoints).values(values))

        self._writer.write(unit)

    def of_session(self, exam_session: ExamSessionId) -> tuple[Checkpoint, ...]:
        """The checkpoints of an exam session, oldest first."""
        return tuple(self.all(exam_session))

    def last(self, exam_session: ExamSessionId) -> Checkpoint | None:
        """The newest checkpoint of an exam session; of two of one instant the one over more events."""
        mine = checkpoints.c.exam_session == exam_session
        newest = select(func.max(checkpoints.c.at)).where(mine).scalar_subquery()
        with self._engine.connect() as connection:
            rows = connection.execute(select(checkpoints).where(mine, checkpoints.c.at == newest)).all()
        found = [Checkpoint(body=bytes(row.body), signature=bytes(row.signature)) for row in rows]
        return max(found, key=lambda one: sum(version for version, _ in one.heads.values()), default=None)

    def all(self, exam_session: ExamSessionId | None = None) -> Iterator[Checkpoint]:
        """Every checkpoint (of this exam session), oldest first, one after the other."""
        found = select(checkpoints).order_by(checkpoints.c.at)
        if exam_session is not None:
            found = found.where(checkpoints.c.exam_session == exam_session)
        with self._engine.connect() as connection:
            for row in connection.execute(found):
                yield Checkpoint(body=bytes(row.body), signature=bytes(row.signature))
