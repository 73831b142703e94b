"""The composition root: every store, cache and service of the application, put together once."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from itembank.sqlbank import SqlBank
from proctor.commands import Tenure
from proctor.desk import Desk
from proctor.events import SittingCancelled, SittingSubmitted, SittingTerminated, SittingTimedOut
from proctor.ids import ExamSessionId, SittingId
from proctor.sqlcheckpoints import SqlCheckpoints
from proctor.sqllog import SqlLog
from proctor.sqlpresence import SqlPresence
from proctor.sqlseats import SqlSeats
from proctor.sqlsessions import SqlSessions
from proctor.sqlstore import Writer
from proctor.state import SittingState
from results.sqlrecords import SqlRecords
from web import candidate_page, candidate_result
from web.clock import Clock
from web.console_board import ConsoleBoard
from web.exams import Exams
from web.keys import Keys
from web.lateness import Lateness
from web.messages import CandidateResult, CandidateView
from web.names import Names
from web.presence import Board
from web.push import Push
from web.settings import Settings, SettingsError, load
from web.sqlaccounts import SqlAccounts
from web.sqlpersons import SqlPersons
from web.sqlpools import SqlPools
from web.sqlwriter import DirectWriter, GroupWriter, open_engine

ENDED = (SittingSubmitted, SittingTimedOut, SittingTerminated, SittingCancelled)
MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
KEPT_SECRETS = 50_000


@dataclass(slots=True, kw_only=True)
class Wiring:
    """Everything a view or a timer may use."""

    settings: Settings
    now: Callable[[], int]
    engine: Engine
    writer: Writer
    keys: Keys
    log: SqlLog
    sessions: SqlSessions
    seats: SqlSeats
    presence: SqlPresence
    checkpoints: SqlCheckpoints
    bank: SqlBank
    records: SqlRecords
    accounts: SqlAccounts
    persons: SqlPersons
    names: Names
    pools: SqlPools
    exams: Exams
    board: Board
    lateness: Lateness
    push: Push
    desk: Desk
    console: ConsoleBoard
    watchers: Counter[ExamSessionId] = field(default_factory=Counter)
    closing_heads: dict[tuple[SittingId, int | None], str] = field(default_factory=dict)

    @property
    def log_seed(self) -> bytes:
        """The seed of the key that signs checkpoints."""
        return bytes.fromhex(self.settings.log_key.get_secret_value())

    def view(self, state: SittingState) -> CandidateView:
        """The candidate's view of a sitting, for whoever holds its lease."""
        person, content = self.names.one(state.candidate), self.exams.of(state.exam_session)
        worded = not state.closed and any(one.text is not None for one in state.unread)
        texts = self.persons.texts(state.candidate) if worded else {}
        return candidate_page.compose(state, self.now(), content, person, self.closing_head(state), texts)

    def view_outside(self, state: SittingState) -> CandidateView:
        """The view of somebody who does not hold the lease."""
        return candidate_page.outside(state, self.now(), self.exams.of(state.exam_session))

    def view_for(self, state: SittingState, tenure: Tenure) -> CandidateView:
        """The view this device and tab may have."""
        return self.view(state) if candidate_page.entitled(state, tenure) else self.view_outside(state)

    def result(self, state: SittingState) -> CandidateResult:
        """The decisions of a closed sitting as its candidate may see them."""
        content = self.exams.of(state.exam_session)
        tree = self.bank.standard(content.standard)
        allocation = self.bank.allocation(content.standard, content.allocation)
        practice, void = self.records.practice(state.sitting), self.records.void(state.sitting)
        return candidate_result.compose(state, content, tree, allocation, practice, void=void)

    def closing_head(self, state: SittingState) -> str | None:
        """The chain's head at the event that closed the sitting: what the receipt states; None while it is open."""
        if not state.closed:
            return None
        if (state.sitting, state.ended_at) not in self.closing_heads:
            rows = self.log.read(state.sitting)
            head = next(row.head for row in reversed(rows) if isinstance(row.event, ENDED))
            self.closing_heads[state.sitting, state.ended_at] = head
        return self.closing_heads[state.sitting, state.ended_at]

    def unready(self) -> str | None:
        """Why no request should come here now; None when all is well."""
        try:
            at = database_head(self.engine)
        except SQLAlchemyError:
            return "the database does not answer"
        return None if at == code_head() else f"the database is at {at}, this version needs {code_head()}"

    def close(self) -> None:
        """Write what waits and give everything back."""
        if isinstance(self.writer, GroupWriter | DirectWriter):
            self.writer.close()
        self.engine.dispose()


class Secrets:
    """The sittings' secrets, read once each."""

    def __init__(self, sessions: SqlSessions) -> None:
        self._sessions = sessions
        self._kept: OrderedDict[SittingId, bytes] = OrderedDict()
        self._lock = Lock()

    def __call__(self, sitting: SittingId) -> bytes:
        """The secret of one sitting; LookupError when nobody booked it."""
        with self._lock:
            if sitting in self._kept:
                return self._kept[sitting]
        secret = self._sessions.secret(sitting)
        with self._lock:
            self._kept[sitting] = secret
            while len(self._kept) > KEPT_SECRETS:
                self._kept.popitem(last=False)
        return secret


def wire(settings: Settings, *, grouped: bool = False, now: Callable[[], int] | None = None) -> Wiring:
    """Put the application together; `grouped`: SQLite commits in groups off the event loop (gevent workers only)."""
    now = now or Clock()
    engine = open_engine(settings.database_url, writing=False)
    writing = open_engine(settings.database_url, writing=True) if settings.sqlite else engine
    writer: Writer = GroupWriter(writing) if grouped and settings.sqlite else DirectWriter(writing)
    keys = Keys(settings.secret_key.get_secret_value())
    sessions, log = SqlSessions(writer, engine), SqlLog(writer, engine)
    persons = SqlPersons(engine, writer, bytes.fromhex(settings.person_key.get_secret_value()))
    pools, board, names = SqlPools(engine, writer), Board(), Names(persons, now)
    exams = Exams(sessions, pools)
    late: list[Wiring] = []
    push = Push(lambda state: late[0].view(state))
    desk = Desk(log=log, exams=exams.exam, secrets=Secrets(sessions), now=now, announce=push.announce)
    wiring = Wiring(
        settings=settings,
        now=now,
        engine=engine,
        writer=writer,
        keys=keys,
        log=log,
        sessions=sessions,
        seats=SqlSeats(writer, keys.derive("seat codes")),
        presence=SqlPresence(writer, engine),
        checkpoints=SqlCheckpoints(writer, engine),
        bank=SqlBank(engine, writer),
        records=SqlRecords(engine, writer),
        accounts=SqlAccounts(engine, writer),
        persons=persons,
        names=names,
        pools=pools,
        exams=exams,
        board=board,
        lateness=Lateness(now),
        push=push,
        desk=desk,
        console=ConsoleBoard(desk, log, sessions, exams, names, board, now),
    )
    late.append(wiring)
    return wiring


def open_bank() -> SqlBank:
    """The bank of this installation, for the command line; SettingsError when settings or database are not ready."""
    settings = load()
    engine = open_engine(settings.database_url, writing=False)
    try:
        at = database_head(engine)
    except SQLAlchemyError as error:
        raise SettingsError("the database does not answer") from error
    if at != code_head():
        raise SettingsError(f"the database is at {at}, this version needs {code_head()}: run `kriteria db upgrade`")
    return SqlBank(engine, DirectWriter(open_engine(settings.database_url, writing=True)))


def migrations_config(url: str) -> Config:
    """Alembic's settings for this database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    return config


def code_head() -> str | None:
    """The newest revision this version of the code knows."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def database_head(engine: Engine) -> Any:
    """The revision the database is at."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
