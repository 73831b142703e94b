"""Exam sessions in a database: what is examined when and where, who works in it, and which sittings belong to it.

Rules:
- plan and delivery settings are kept as canonical JSON text and frozen once the session is open: status goes
  planned -> open -> closed, never back;
- the version of the signed allocation is frozen from the start: a later one changes no result of this session;
- a sitting's secret lies here and nowhere else; it never leaves proctor but as the draws derived from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, Engine, Row, insert, select, update

from proctor.codec import canonical
from proctor.delivery import Delivery
from proctor.ids import CandidateId, ExamSessionId, SittingId
from proctor.sqlstore import Writer
from proctor.tables import assignments, exam_sessions, sittings, stations

PLANNED, OPEN, CLOSED = "planned", "open", "closed"
NEXT_STATUS = {PLANNED: OPEN, OPEN: CLOSED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamSession:
    """A scheduled exam of a group; `plan_json` is the PLAN.json text, `pool_ref` names the frozen pool,
    `allocation` the version of the standard's signed allocation that pool was drawn by."""

    id: ExamSessionId
    standard: str
    title: str
    language: str
    room: str
    starts_at: int
    plan_json: str
    delivery: Delivery
    pool_ref: str
    allocation: int
    status: str = PLANNED


@dataclass(frozen=True, slots=True, kw_only=True)
class SittingEntry:
    """One booked sitting as the registry knows it."""

    id: SittingId
    exam_session: ExamSessionId
    candidate: CandidateId
    seat: str


class SqlSessions:
    """The registry; `engine` reads, `writer` writes."""

    def __init__(self, writer: Writer, engine: Engine) -> None:
        self._writer, self._engine = writer, engine

    # ---- exam sessions
    def add(self, session: ExamSession) -> None:
        """Store a new exam session; IntegrityError when the id is taken."""
        values = {
            "id": session.id, "standard": session.standard, "title": session.title, "language": session.language,
            "room": session.room, "starts_at": session.starts_at, "status": session.status,
            "plan_json": session.plan_json, "delivery_json": canonical(asdict(session.delivery)).decode(),
            "pool_ref": session.pool_ref, "allocation": session.allocation,
        }  # fmt: skip
        self._writer.write(lambda connection: connection.execute(insert(exam_sessions).values(values)))

    def get(self, exam_session: ExamSessionId) -> ExamSession | None:
        """The exam session of this id, None if there is none."""
        with self._engine.connect() as connection:
            found = connection.execute(select(exam_sessions).where(exam_sessions.c.id == exam_session)).one_or_none()
        return None if found is None else _session(found)

    def all(self, status: str | None = None) -> tuple[ExamSession, ...]:
        """The exam sessions (of this status), the latest first."""
        found = select(exam_sessions).order_by(exam_sessions.c.starts_at.desc(), exam_sessions.c.id)
        if status is not None:
            found = found.where(exam_sessions.c.status == status)
        with self._engine.connect() as connection:
            return tuple(_session(row) for row in connection.execute(found))

    def set_status(self, exam_session: ExamSessionId, status: str) -> None:
        """Open or close an exam session; ValueError for a step that is not planned -> open -> closed."""

        def unit(connection: Connection) -> None:
            where = exam_sessions.c.id == exam_session
            present = connection.execute(select(exam_sessions.c.status).where(where)).scalar_one()
            if present == status:
                return
            if NEXT_STATUS.get(present) != status:
                raise ValueError(f"exam session {exam_session} is {present} and cannot become {status}")
            connection.execute(update(exam_sessions).where(where).values(status=status))

        self._writer.write(unit)

    # ---- staff and stations
    def assign(self, exam_session: ExamSessionId, account: str, capacity: str) -> None:
        """Let an account work in the exam session in this capacity (operator, chief_operator, supervisor, ...)."""
        row = {"exam_session": exam_session, "account": account, "capacity": capacity}

        def unit(connection: Connection) -> None:
            present = connection.execute(select(assignments).filter_by(**row)).one_or_none()
            if present is None:
                connection.execute(insert(assignments).values(row))

        self._writer.write(unit)

    def capacities(self, exam_session: ExamSessionId, account: str) -> frozenset[str]:
        """In which capacities the account works in the exam session."""
        found = select(assignments.c.capacity).filter_by(exam_session=exam_session, account=account)
        with self._engine.connect() as connection:
            return frozenset(connection.scalars(found))

    def assigned(self, exam_session: ExamSessionId) -> tuple[tuple[str, str], ...]:
        """(account, capacity) of everybody who works in the exam session."""
        found = select(assignments.c.account, assignments.c.capacity).filter_by(exam_session=exam_session)
        with self._engine.connect() as connection:
            return tuple(sorted((row.account, row.capacity) for row in connection.execute(found)))

    def of_account(self, account: str) -> tuple[ExamSession, ...]:
        """The exam sessions an account works in, the latest first."""
        mine = select(assignments.c.exam_session).where(assignments.c.account == account)
        found = select(exam_sessions).where(exam_sessions.c.id.in_(mine)).order_by(exam_sessions.c.starts_at.desc())
        with self._engine.connect() as connection:
            return tuple(_session(row) for row in connection.execute(found))

    def add_stations(self, exam_session: ExamSessionId, names: Iterable[str]) -> None:
        """Name the stations of the room."""
        rows = [{"exam_session": exam_session, "station": name} for name in names]
        self._writer.write(lambda connection: connection.execute(insert(stations), rows))

    def stations(self, exam_session: ExamSessionId) -> tuple[str, ...]:
        """The stations of the room, sorted."""
        found = select(stations.c.station).where(stations.c.exam_session == exam_session)
        with self._engine.connect() as connection:
            return tuple(sorted(connection.scalars(found)))

    # ---- sittings
    def add_sitting(self, entry: SittingEntry, secret: bytes) -> None:
        """Store a booked sitting and its secret before its first event; IntegrityError if seat or person is taken."""
        values = {
            "id": entry.id, "exam_session": entry.exam_session, "candidate": entry.candidate, "seat": entry.seat,
            "secret": secret,
        }  # fmt: skip
        self._writer.write(lambda connection: connection.execute(insert(sittings).values(values)))

    def sitting(self, sitting: SittingId) -> SittingEntry | None:
        """The registry's entry of a sitting, None if there is none."""
        with self._engine.connect() as connection:
            found = connection.execute(select(sittings).where(sittings.c.id == sitting)).one_or_none()
        return None if found is None else _entry(found)

    def sittings(self, exam_session: ExamSessionId) -> tuple[SittingEntry, ...]:
        """The booked sittings of an exam session, by seat."""
        found = select(sittings).where(sittings.c.exam_session == exam_session).order_by(sittings.c.seat)
        with self._engine.connect() as connection:
            return tuple(_entry(row) for row in connection.execute(found))

    def secret(self, sitting: SittingId) -> bytes:
        """The sitting's secret; LookupError for a sitting nobody booked."""
        with self._engine.connect() as connection:
            secret = connection.execute(select(sittings.c.secret).where(sittings.c.id == sitting)).scalar()
        if secret is None:
            raise LookupError(f"sitting {sitting} has no row")
        return bytes(secret)

    def heads(self, exam_session: ExamSessionId) -> Mapping[SittingId, tuple[int, str]]:
        """(version, chain head) of every sitting that has events: what a checkpoint is over."""
        found = select(sittings.c.id, sittings.c.version, sittings.c.head).where(
            sittings.c.exam_session == exam_session, sittings.c.version > 0
        )
        with self._engine.connect() as connection:
            return {SittingId(row.id): (row.version, row.head) for row in connection.execute(found)}

    def feeds(self) -> Mapping[ExamSessionId, tuple[str, int]]:
        """(status, number of the last event in the feed) of every exam session."""
        found = select(exam_sessions.c.id, exam_sessions.c.status, exam_sessions.c.feed)
        with self._engine.connect() as connection:
            return {ExamSessionId(row.id): (row.status, row.feed) for row in connection.execute(found)}


def _session(row: Row[*tuple[object, ...]]) -> ExamSession:
    values = row._mapping
    return ExamSession(
        id=values["id"], standard=values["standard"], title=values["title"], language=values["language"],
        room=values["room"], starts_at=values["starts_at"], status=values["status"], plan_json=values["plan_json"],
        delivery=Delivery(**json.loads(values["delivery_json"])), pool_ref=values["pool_ref"],
        allocation=values["allocation"],
    )  # fmt: skip


def _entry(row: Row[*tuple[object, ...]]) -> SittingEntry:
    values = row._mapping
    return SittingEntry(
        id=values["id"], exam_session=values["exam_session"], candidate=values["candidate"], seat=values["seat"]
    )
