"""How units of work become durable: one transaction each, or many grouped into one commit off the event loop.

Rules:
- `write(unit)` returns what the unit returned, and only after COMMIT; it raises what the unit raised;
- a unit that fails is rolled back alone (SAVEPOINT), its neighbours stand;
- a failing COMMIT fails every unit of that group, and nothing of it is stored;
- SQLite: one writer, BEGIN IMMEDIATE, WAL with synchronous=FULL; units are short and touch no network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Semaphore
from typing import Any, TypeVar

import gevent
from gevent.event import AsyncResult
from gevent.queue import Queue
from gevent.threadpool import ThreadPool
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import OperationalError

from proctor import sqlstore

T = TypeVar("T")
Unit = Callable[[Connection], T]


GROUP_LIMIT = 200
"""Units per commit: above it the first ones would wait longer than the commit saves."""
WRITE_TIMEOUT_S = 30
"""After this a writer that is stuck is reported; the unit's fate is then unknown, repeating it is harmless."""
POOL_SIZE = 10
"""Connections, and so concurrent transactions, per worker on PostgreSQL; more make a convoy on the event loop."""
DEADLOCK_RETRIES = 5


def open_engine(url: str, *, writing: bool) -> Engine:
    """proctor's durable engine; on SQLite what is deleted is also overwritten, so that an erased key is gone."""
    engine = sqlstore.open_engine(url, writing=writing)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def overwrite(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA secure_delete=ON")

    return engine


class DirectWriter:
    """One transaction per unit, at most `limit` at a time; for PostgreSQL, the command line and tests."""

    def __init__(self, engine: Engine, limit: int = POOL_SIZE) -> None:
        self._engine = engine
        self._free = Semaphore(1 if engine.dialect.name == "sqlite" else limit)

    def write(self, unit: Unit[T]) -> T:
        """Run `unit` in a transaction of its own; a deadlock between workers is tried again."""
        for left in reversed(range(DEADLOCK_RETRIES)):
            try:
                with self._free, self._engine.begin() as connection:
                    return unit(connection)
            except OperationalError as error:
                if not left or getattr(error.orig, "sqlstate", None) not in {"40P01", "40001"}:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()


class GroupWriter:
    """Many units, one commit: a greenlet collects, one native thread with its own connection commits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: Queue[tuple[Unit[Any], AsyncResult[Any]] | None] = Queue()
        self._thread = ThreadPool(1)
        self._connection: Connection | None = None
        self._collector = gevent.spawn(self._collect)

    def write(self, unit: Unit[T]) -> T:
        """Hand `unit` over and wait until its group is on disk."""
        done: AsyncResult[T] = AsyncResult()
        self._waiting.put((unit, done))
        result: T = done.get(timeout=WRITE_TIMEOUT_S)
        return result

    def close(self) -> None:
        """Commit what is waiting and stop."""
        self._waiting.put(None)
        self._collector.join()
        self._thread.apply(self._disconnect)
        self._thread.kill()
        self._engine.dispose()

    def _collect(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            while len(group) < GROUP_LIMIT and not self._waiting.empty() and self._waiting.peek() is not None:
                group.append(self._waiting.get_nowait())
            self._deliver(group)

    def _deliver(self, group: Sequence[tuple[Unit[Any], AsyncResult[Any]]]) -> None:
        try:
            outcomes = self._thread.apply(self._commit, ([unit for unit, _ in group],))
        except Exception as error:  # COMMIT itself failed: everybody in the group is told
            for _, done in group:
                done.set_exception(error)
            return
        for (result, failure), (_, done) in zip(outcomes, group, strict=True):
            done.set_exception(failure) if failure is not None else done.set(result)

    def _commit(self, units: Sequence[Unit[Any]]) -> list[tuple[Any, Exception | None]]:
        """In the native thread: all units in one transaction, each in its own SAVEPOINT."""
        if self._connection is None:
            self._connection = self._engine.connect()
        try:
            with self._connection.begin():
                return [self._attempt(self._connection, unit) for unit in units]
        except Exception:
            self._disconnect()
            raise

    @staticmethod
    def _attempt(connection: Connection, unit: Unit[Any]) -> tuple[Any, Exception | None]:
        savepoint = connection.begin_nested()
        try:
            result = unit(connection)
            savepoint.commit()
        except Exception as error:
            savepoint.rollback()
            return None, error
        return result, None

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
