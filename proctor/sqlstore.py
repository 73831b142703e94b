"""How proctor's stores reach a database: the writer every change goes through, and the plain one.

Rules:
- a unit of work is one function of a connection; `write` returns after COMMIT, or raises and nothing of it is stored;
- SQLite: BEGIN IMMEDIATE for writers (no lock upgrade that could fail), WAL, synchronous=FULL, 15 s of patience;
- a unit may run inside a SAVEPOINT beside others (a group-commit writer), so it never commits by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event

T = TypeVar("T")
BUSY_TIMEOUT_MS = 15_000
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}")


class Writer(Protocol):
    """Runs units of work, each durable before it returns."""

    def write(self, unit: Callable[[Connection], T]) -> T:
        """The unit's result, after COMMIT; what the unit raises comes out and its changes are gone."""


class DirectWriter:
    """One transaction per unit, in the caller's thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, unit: Callable[[Connection], T]) -> T:
        """See `Writer.write`."""
        with self._engine.begin() as connection:
            return unit(connection)


def open_engine(url: str, *, writing: bool) -> Engine:
    """An engine for `url`; on SQLite it is durable, and a writing one begins IMMEDIATE."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        begin = "BEGIN IMMEDIATE" if writing else "BEGIN"

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            for pragma in PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")

        @event.listens_for(engine, "begin")
        def start(connection: Connection) -> None:
            connection.exec_driver_sql(begin)

    return engine
