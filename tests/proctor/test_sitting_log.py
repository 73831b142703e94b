"""One contract for every log: in memory, on SQLite, on PostgreSQL."""

import threading
from contextlib import contextmanager
from hashlib import sha256

import pytest
import sqlalchemy as sa
from room import CANDIDATE, SESSION, Room, secret_of

from proctor import tables
from proctor.delivery import Delivery
from proctor.errors import BrokenLog, LogConflict
from proctor.events import CheckedIn, HandLowered, HandRaised, SittingRegistered
from proctor.ids import ExamSessionId, SittingId
from proctor.link import Presence
from proctor.log import MemoryLog
from proctor.sqllog import SqlLog, append
from proctor.sqlpresence import SqlPresence
from proctor.sqlsessions import ExamSession, SittingEntry, SqlSessions
from proctor.sqlstore import DirectWriter, open_engine
from proctor.verify import first_break

OTHER = ExamSessionId("exam-2")


class Store:
    """A log and what has to be booked before its first event."""

    def __init__(self, log, sessions=None, writer=None, engine=None):
        self.log, self.sessions, self.writer, self.engine = log, sessions, writer, engine

    def book(self, sitting, session=SESSION):
        if self.sessions is None:
            return
        if self.sessions.get(session) is None:
            self.sessions.add(exam_session(session))
        entry = SittingEntry(
            id=SittingId(sitting), exam_session=session, candidate=f"person of {sitting}", seat=f"seat of {sitting}"
        )
        self.sessions.add_sitting(entry, secret_of(sitting))


def exam_session(identity=SESSION, starts_at=0):
    return ExamSession(
        id=identity, standard="CRM", title="Egzamin", language="pl", room="12", starts_at=starts_at, plan_json="{}",
        delivery=Delivery(free_drops=7), pool_ref="pool-1", allocation=1,
    )  # fmt: skip


@contextmanager
def database(url):
    reading, writing = open_engine(url, writing=False), open_engine(url, writing=True)
    tables.metadata.drop_all(writing)
    tables.metadata.create_all(writing)
    try:
        writer = DirectWriter(writing)
        yield Store(SqlLog(writer, reading), SqlSessions(writer, reading), writer, reading)
    finally:
        tables.metadata.drop_all(writing)
        reading.dispose()
        writing.dispose()


@pytest.fixture
def sqlite_store(tmp_path):
    with database(f"sqlite:///{tmp_path / 'kriteria.db'}") as found:
        yield found


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request):
    if request.param == "memory":
        yield Store(MemoryLog())
    elif request.param == "sqlite":
        yield request.getfixturevalue("sqlite_store")
    else:
        with database(request.getfixturevalue("postgres_url")) as found:
            yield found


@pytest.fixture(params=["sqlite", "postgresql"])
def sql(request):
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_store")
    else:
        with database(request.getfixturevalue("postgres_url")) as found:
            yield found


def registered(sitting, session=SESSION):
    return SittingRegistered(
        at=1, cause=f"register {sitting}", actor=CANDIDATE, sitting=sitting, exam_session=session, candidate="p",
        seat="1", plan_digest="", pool_digest="", secret_commitment="", allowed_ms=1,
    )  # fmt: skip


def call(at):
    return HandRaised(at=at, cause=f"c{at}", actor=CANDIDATE, category="item")


# ---- the contract
def test_what_is_appended_is_read_back_in_order(store):
    store.book("s1")
    first = store.log.append("s1", 0, [registered("s1"), call(2)])
    second = store.log.append("s1", 2, [call(3)])

    assert store.log.read("s1") == (*first, *second)
    assert store.log.read("s1", 2) == second
    assert [row.seq for row in store.log.read("s1")] == [1, 2, 3]
    assert first_break(store.log.read("s1")[:1]) is None


def test_an_append_at_another_version_is_a_conflict_and_stores_nothing(store):
    store.book("s1")
    store.log.append("s1", 0, [registered("s1")])

    for version in (0, 2):
        with pytest.raises(LogConflict):
            store.log.append("s1", version, [call(2)])
    assert len(store.log.read("s1")) == 1
    assert store.log.head(SESSION) == 1


def test_appending_nothing_stores_nothing_but_still_knows_the_version(store):
    store.book("s1")
    store.log.append("s1", 0, [registered("s1")])

    assert store.log.append("s1", 1, []) == ()
    with pytest.raises(LogConflict):
        store.log.append("s1", 0, [])
    assert store.log.head(SESSION) == 1


def test_an_unknown_sitting_is_empty(store):
    assert store.log.read("nobody") == ()
    assert store.log.head(ExamSessionId("nothing")) == 0
    assert store.log.feed(ExamSessionId("nothing"), 0, 10) == ()
    assert store.log.sittings(ExamSessionId("nothing")) == ()


def test_the_feed_numbers_every_event_of_an_exam_session_without_a_gap(store):
    for sitting, session in (("s2", SESSION), ("s1", SESSION), ("s3", OTHER)):
        store.book(sitting, session)
        store.log.append(sitting, 0, [registered(sitting, session), call(2)])
    store.log.append("s2", 2, [call(3)])

    rows = store.log.feed(SESSION, 0, 100)
    assert [(row.feed, row.sitting, row.seq) for row in rows] == [
        (1, "s2", 1), (2, "s2", 2), (3, "s1", 1), (4, "s1", 2), (5, "s2", 3),
    ]  # fmt: skip
    assert store.log.head(SESSION) == 5
    assert store.log.feed(SESSION, 1, 2) == rows[1:3]
    assert store.log.sittings(SESSION) == ("s1", "s2")
    assert store.log.sittings(OTHER) == ("s3",)


def test_each_sitting_has_a_chain_of_its_own(store):
    for sitting in ("s1", "s2"):
        store.book(sitting)
        store.log.append(sitting, 0, [registered(sitting)])
    store.log.append("s1", 1, [call(2)])
    store.log.append("s2", 1, [call(2)])

    assert store.log.read("s1")[1].body == store.log.read("s2")[1].body
    assert store.log.read("s1")[1].head != store.log.read("s2")[1].head


def test_of_many_writers_at_one_version_exactly_one_wins(store):
    store.book("s1")
    store.log.append("s1", 0, [registered("s1")])
    outcomes = []

    def attempt(number):
        try:
            store.log.append("s1", 1, [call(10 + number)])
            outcomes.append("won")
        except LogConflict:
            outcomes.append("lost")

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["lost", "lost", "lost", "won"]
    assert len(store.log.read("s1")) == 2


def test_writers_of_one_exam_session_leave_no_gap_in_its_feed(store):
    sittings = [f"s{number}" for number in range(4)]
    for sitting in sittings:
        store.book(sitting)
        store.log.append(sitting, 0, [registered(sitting)])

    def work(sitting):
        for version in range(1, 6):
            store.log.append(sitting, version, [call(version)])

    threads = [threading.Thread(target=work, args=(sitting,)) for sitting in sittings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [row.feed for row in store.log.feed(SESSION, 0, 1000)] == list(range(1, 25))


def test_a_whole_sitting_is_the_same_in_every_log(store):
    store.book("sitting-1")
    room = Room(log=store.log).running()
    room.answer()
    room.end()
    reference = Room().running()
    reference.answer()
    reference.end()

    assert [row.body for row in room.log.read("sitting-1")] == [row.body for row in reference.log.read("sitting-1")]
    assert room.desk.head("sitting-1") == reference.desk.head("sitting-1")
    assert room.state() == reference.state()


def test_a_log_in_memory_begins_with_the_registration():
    with pytest.raises(ValueError, match="must begin with SittingRegistered"):
        MemoryLog().append("s1", 0, [call(1)])


# ---- what only a database can get wrong
def test_a_sitting_that_was_never_booked_cannot_be_appended_to(sql):
    with pytest.raises(LookupError, match="has no row"):
        sql.log.append("nobody", 0, [registered("nobody")])


def test_many_units_in_one_transaction_each_in_its_savepoint(sql):
    """As a group-commit writer does it: a unit that fails is undone alone."""
    for sitting in ("s1", "s2"):
        sql.book(sitting)
        sql.log.append(sitting, 0, [registered(sitting)])
    units = [("s1", 1, [call(2)]), ("s1", 1, [call(3)]), ("s2", 1, [call(2), call(3)]), ("s1", 2, [call(4)])]

    def batch(connection):
        outcomes = []
        for unit in units:
            savepoint = connection.begin_nested()
            try:
                append(connection, *unit)
                savepoint.commit()
                outcomes.append("stored")
            except LogConflict:
                savepoint.rollback()
                outcomes.append("conflict")
        return outcomes

    assert sql.writer.write(batch) == ["stored", "conflict", "stored", "stored"]
    assert [row.feed for row in sql.log.feed(SESSION, 0, 100)] == list(range(1, 7))
    assert [row.seq for row in sql.log.read("s1")] == [1, 2, 3]


def test_a_transaction_that_fails_gives_its_feed_numbers_back(sql):
    sql.book("s1")
    sql.log.append("s1", 0, [registered("s1")])

    def unit(connection):
        append(connection, "s1", 1, [call(2)])
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="disk"):
        sql.writer.write(unit)
    sql.log.append("s1", 1, [HandLowered(at=2, cause="x", actor=CANDIDATE)])
    assert [row.feed for row in sql.log.feed(SESSION, 0, 10)] == [1, 2]


def test_the_table_refuses_a_second_event_at_one_place(sql):
    sql.book("s1")
    sql.log.append("s1", 0, [registered("s1")])

    def cheat(connection):
        connection.execute(sa.update(tables.sittings).values(version=0, head=""))

    sql.writer.write(cheat)
    with pytest.raises(LogConflict):
        sql.log.append("s1", 0, [registered("s1")])


def test_stored_bytes_that_are_no_event_are_a_broken_log_with_its_place(sql):
    sql.book("s1")
    sql.log.append("s1", 0, [registered("s1"), call(2)])
    sql.writer.write(
        lambda connection: connection.execute(
            sa.update(tables.events).where(tables.events.c.seq == 2).values(body=b"{}")
        )
    )

    with pytest.raises(BrokenLog, match="seq 2"):
        sql.log.read("s1")
    assert [row.body for row in sql.log.rows("s1")][1] == b"{}"


def test_sqlite_is_durable_and_waits_for_its_turn(sqlite_store):
    with sqlite_store.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }

    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15_000}


# ---- exam sessions
def test_an_exam_session_comes_back_as_it_was_stored(sql):
    sql.sessions.add(exam_session())

    assert sql.sessions.get(SESSION) == exam_session()
    assert sql.sessions.get(OTHER) is None


def test_exam_sessions_are_listed_latest_first_and_by_status(sql):
    sql.sessions.add(exam_session(SESSION, starts_at=1))
    sql.sessions.add(exam_session(OTHER, starts_at=2))
    sql.sessions.set_status(SESSION, "open")

    assert [one.id for one in sql.sessions.all()] == [OTHER, SESSION]
    assert [one.id for one in sql.sessions.all("open")] == [SESSION]


def test_an_exam_session_opens_and_closes_and_never_goes_back(sql):
    sql.sessions.add(exam_session())
    with pytest.raises(ValueError, match="planned and cannot become closed"):
        sql.sessions.set_status(SESSION, "closed")
    for status in ("open", "open", "closed"):
        sql.sessions.set_status(SESSION, status)
    with pytest.raises(ValueError, match="closed and cannot become open"):
        sql.sessions.set_status(SESSION, "open")


def test_staff_is_assigned_in_one_or_more_capacities(sql):
    sql.sessions.add(exam_session())
    for account, capacity in (("ola", "operator"), ("ola", "chief_operator"), ("jan", "operator"), ("jan", "operator")):
        sql.sessions.assign(SESSION, account, capacity)

    assert sql.sessions.capacities(SESSION, "ola") == {"operator", "chief_operator"}
    assert sql.sessions.capacities(SESSION, "eve") == frozenset()
    assert sql.sessions.assigned(SESSION) == (("jan", "operator"), ("ola", "chief_operator"), ("ola", "operator"))
    assert [one.id for one in sql.sessions.of_account("jan")] == [SESSION]
    assert sql.sessions.of_account("eve") == ()


def test_stations_are_named_once(sql):
    sql.sessions.add(exam_session())
    sql.sessions.add_stations(SESSION, ["S2", "S1"])

    assert sql.sessions.stations(SESSION) == ("S1", "S2")


def test_the_registry_knows_seats_secrets_and_heads(sql):
    sql.book("s1")
    sql.log.append("s1", 0, [registered("s1")])

    assert sql.sessions.sitting("s1").seat == "seat of s1"
    assert sql.sessions.sitting("s9") is None
    assert [one.id for one in sql.sessions.sittings(SESSION)] == ["s1"]
    assert sql.sessions.secret("s1") == secret_of("s1")
    assert sql.sessions.heads(SESSION) == {"s1": (1, sql.log.read("s1")[0].head)}
    with pytest.raises(LookupError, match="has no row"):
        sql.sessions.secret("s9")


def test_a_seat_is_booked_once(sql):
    sql.book("s1")
    entry = SittingEntry(id="s2", exam_session=SESSION, candidate="somebody else", seat="seat of s1")

    with pytest.raises(sa.exc.IntegrityError):
        sql.sessions.add_sitting(entry, sha256(b"x").digest())


# ---- presence
def test_presence_is_read_back_after_a_restart_and_only_moves_forward(sql):
    for sitting in ("s1", "s2"):
        sql.book(sitting)
    presence = SqlPresence(sql.writer, sql.engine)
    first = Presence(last_seen_ms=100, epoch=1, beat=5, outbox_depth=1, visible=False, browser="Firefox 140")
    presence.keep({})
    presence.keep({"s1": first, "s2": Presence(last_seen_ms=50, epoch=1)})
    presence.keep({"s1": Presence(last_seen_ms=90, epoch=1), "s2": Presence(last_seen_ms=10, epoch=2)})

    assert presence.of_session(SESSION) == {"s1": first, "s2": Presence(last_seen_ms=10, epoch=2)}
    assert presence.of_session(OTHER) == {}


def test_an_event_of_another_kind_is_another_row(store):
    store.book("s1")
    checked = CheckedIn(at=2, cause="c", actor=CANDIDATE, document_kind="id_card", document="d", station="S1")
    store.log.append("s1", 0, [registered("s1"), checked])

    assert store.log.read("s1")[1].event == checked
    assert store.log.read("s1")[1].type == "CheckedIn"
