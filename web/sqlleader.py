"""Which worker runs the timers: the only one on SQLite, the holder of an advisory lock on PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

LOCK = 4_711_001
"""The advisory lock's number; any constant will do as long as nothing else in the database uses it."""


class Leader:
    """Asks for the lock on a connection of its own and keeps it as long as that connection lives."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None

    def leads(self) -> bool:
        """Whether this worker runs the timers now."""
        if self._engine.dialect.name == "sqlite":
            return True
        try:
            if self._connection is not None:
                self._connection.execute(text("select 1"))
                return True
            return self._try()
        except SQLAlchemyError:
            self.close()
            return False

    def close(self) -> None:
        """Let another worker have it."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": LOCK})
        except SQLAlchemyError:
            connection.invalidate()  # the server lets go of the lock when the session is gone
        connection.close()

    def _try(self) -> bool:
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if connection.scalar(text("select pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
            self._connection = connection
            return True
        connection.close()
        return False
