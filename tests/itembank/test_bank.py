"""One contract for every bank: in memory, on SQLite, on PostgreSQL."""

from dataclasses import replace
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from bank_builders import GAPS, crm, item, signed
from sqlalchemy import create_engine, event, select, text, update
from sqlalchemy.pool import NullPool

from itembank import tables
from itembank.errors import Refused
from itembank.lifecycle import State
from itembank.repository import MemoryBank
from itembank.sqlbank import BrokenBank, SqlBank

ONE, TWO = "CRM.1.1.1-01@1", "CRM.1.1.1-02@1"


class DirectWriter:
    """One transaction per unit."""

    def __init__(self, engine):
        self.engine = engine

    def write(self, unit):
        with self.engine.begin() as connection:
            return unit(connection)


def on_sqlite(path):
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": 15})

    @event.listens_for(engine, "connect")
    def prepare(connection, _record):
        connection.execute("PRAGMA foreign_keys=ON")

    tables.metadata.create_all(engine)
    return engine


def on_postgres(url):
    schema = f"bank_{uuid4().hex}"
    admin = create_engine(url, poolclass=NullPool)
    with admin.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    engine = create_engine(url, poolclass=NullPool, connect_args={"options": f"-csearch_path={schema}"})
    tables.metadata.create_all(engine)
    return engine


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request, tmp_path):
    opened = (
        on_sqlite(tmp_path / "bank.db")
        if request.param == "sqlite"
        else on_postgres(request.getfixturevalue("postgres_url"))
    )
    yield opened
    opened.dispose()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def bank(request, tmp_path):
    if request.param == "memory":
        yield MemoryBank()
        return
    opened = (
        on_sqlite(tmp_path / "bank.db")
        if request.param == "sqlite"
        else on_postgres(request.getfixturevalue("postgres_url"))
    )
    yield SqlBank(opened, DirectWriter(opened))
    opened.dispose()


@pytest.fixture
def filled(bank):
    bank.add_standard(crm(), 1)
    bank.add_items([item(), item("match", id="CRM.1.1.1-02")], "author", 2)
    return bank


def release(bank, *version_ids):
    bank.move(version_ids, State.REVIEWED, "reviewer", 3)
    bank.move(version_ids, State.RELEASED, "psychometrician", 4)


def test_a_standard_is_kept_once_and_read_back_equal(bank):
    assert bank.add_standard(crm(), 1) is True
    assert bank.add_standard(crm(), 2) is False
    assert bank.standard("CRM") == crm()


def test_a_standard_may_be_replaced_until_something_hangs_on_it(bank):
    bank.add_standard(replace(crm(), warnings=("line 7: not understood",)), 1)
    assert bank.add_standard(crm(), 2) is True

    bank.add_items([item()], "author", 3)
    with pytest.raises(Refused, match="standard_in_use"):
        bank.add_standard(replace(crm(), warnings=("x",)), 4)
    assert bank.standard("CRM") == crm()


def test_a_signed_allocation_keeps_its_standard_too(bank):
    bank.add_standard(crm(), 1)
    bank.sign_allocation(signed())

    with pytest.raises(Refused, match="standard_in_use"):
        bank.add_standard(replace(crm(), warnings=("x",)), 4)


def test_what_is_not_there_is_refused_by_name(bank):
    for asked, code in [
        (lambda: bank.standard("CRM"), "unknown_standard CRM"),
        (lambda: bank.item(ONE), "unknown_item"),
        (lambda: bank.item("nonsense"), "unknown_item nonsense"),
        (lambda: bank.allocation("CRM"), "allocation_unsigned CRM"),
        (lambda: bank.add_items([item()], "author", 1), "unknown_standard CRM"),
        (lambda: bank.sign_allocation(signed()), "unknown_standard CRM"),
        (lambda: bank.move([ONE], State.REVIEWED, "r", 1), "unknown_item"),
        (lambda: bank.mark_used("S1", [ONE], 1), "unknown_item"),
    ]:
        with pytest.raises(Refused, match=code):
            asked()
    assert bank.items("CRM") == ()
    assert bank.uses("CRM") == {}


def test_allocations_are_kept_for_ever_and_the_newest_is_in_force(bank):
    bank.add_standard(crm(), 1)
    bank.sign_allocation(signed())
    bank.sign_allocation(signed(version=2))

    assert bank.allocation("CRM") == bank.allocation("CRM", 2) == signed(version=2)
    assert bank.allocation("CRM", 1) == signed()
    with pytest.raises(Refused, match="allocation_unsigned CRM"):
        bank.allocation("CRM", 3)
    for version in (1, 2, 4):
        with pytest.raises(Refused, match="version_exists"):
            bank.sign_allocation(signed(version=version))


def test_added_items_are_drafts_and_read_back_equal(filled):
    first, second = filled.items("CRM")

    assert (first.item, second.item) == (item(), item("match", id="CRM.1.1.1-02"))
    assert {(one.state, one.added_by, one.added_at) for one in (first, second)} == {(State.DRAFT, "author", 2)}
    assert filled.item(ONE) == first


def test_adding_the_same_again_changes_nothing(filled):
    before = filled.items("CRM")

    planned = filled.add_items([item(), item("match", id="CRM.1.1.1-02")], "somebody", 9)

    assert planned.new == ()
    assert planned.present == (ONE, TWO)
    assert filled.items("CRM") == before


def test_changed_content_is_a_new_version_beside_the_old(filled):
    release(filled, ONE)

    planned = filled.add_items([item(stem="Inaczej?")], "author", 5)

    assert planned.revised == ("CRM.1.1.1-01@2",)
    assert filled.item(ONE).item.stem == item().stem
    assert filled.item(ONE).state is State.RELEASED
    assert filled.item("CRM.1.1.1-01@2").state is State.DRAFT


def test_an_item_whose_tags_the_standard_lacks_is_refused_and_nothing_is_added(bank):
    bank.add_standard(crm(), 1)

    with pytest.raises(Refused, match="untagged"):
        bank.add_items([item(), item(id="CRM.1.1.9-01", criteria=["CRM.1.1.9"])], "author", 2)
    assert bank.items("CRM") == ()


def test_a_draft_with_gaps_is_kept_and_not_reviewed_until_it_is_filled_in(bank):
    bank.add_standard(crm(), 1)
    bank.add_items([item(**GAPS)], "author", 2)
    with pytest.raises(Refused, match=f"incomplete {ONE}"):
        bank.move([ONE], State.REVIEWED, "reviewer", 3)

    planned = bank.add_items([item()], "author", 4)
    release(bank, *planned.revised)

    assert planned.revised == ("CRM.1.1.1-01@2",)
    assert [(one.item.gaps == (), one.state) for one in bank.items("CRM")] == [
        (False, State.DRAFT),
        (True, State.RELEASED),
    ]


def test_an_item_without_a_standard_or_with_an_unknown_outcome_is_refused(bank):
    bank.add_standard(crm(), 1)

    for changed, code in [
        (GAPS | {"standard": None}, "standard_missing"),
        (GAPS | {"outcome": "CRM.9.9"}, "untagged"),
        (GAPS | {"standard": "KZ"}, "unknown_standard KZ"),
    ]:
        with pytest.raises(Refused, match=code):
            bank.add_items([item(**changed)], "author", 2)
    assert bank.items("CRM") == ()


def test_the_outcome_beside_an_item_is_that_of_its_newest_version(engine):
    bank = SqlBank(engine, DirectWriter(engine))
    bank.add_standard(crm(), 1)

    def outcome():
        with engine.connect() as connection:
            return connection.execute(select(tables.items.c.outcome)).scalar_one()

    seen = []
    tagged = [GAPS, {}, {"outcome": "CRM.1.2", "criteria": ["CRM.1.2.1"]}]
    for changed in tagged:
        bank.add_items([item(**changed)], "author", 2)
        seen.append(outcome())
    assert seen == ["", "CRM.1.1", "CRM.1.2"]


def test_a_version_goes_its_way_to_use(filled):
    release(filled, ONE)
    filled.mark_used("S1", [ONE], 5)

    one = filled.item(ONE)
    assert (one.state, one.reviewed_by, one.released_by) == (State.USED, "reviewer", "psychometrician")


def test_a_refused_move_of_one_moves_none(filled):
    filled.move([ONE], State.REVIEWED, "reviewer", 3)

    with pytest.raises(Refused, match="wrong_state"):
        filled.move([ONE, TWO], State.RELEASED, "psychometrician", 4)
    assert [one.state for one in filled.items("CRM")] == [State.REVIEWED, State.DRAFT]


def test_a_used_version_can_only_be_retired(filled):
    release(filled, ONE)
    filled.mark_used("S1", [ONE], 5)

    for state in (State.DRAFT, State.REVIEWED, State.RELEASED, State.USED):
        with pytest.raises(Refused, match="wrong_state"):
            filled.move([ONE], state, "x", 6)
    filled.move([ONE], State.RETIRED, "x", 7)
    assert filled.item(ONE).state is State.RETIRED


def test_uses_count_exam_sessions_and_repeating_one_counts_once(filled):
    release(filled, ONE, TWO)
    filled.mark_used("S1", [ONE, TWO], 5)
    filled.mark_used("S1", [ONE, TWO], 6)
    filled.mark_used("S2", [ONE], 7)

    assert filled.uses("CRM") == {ONE: 2, TWO: 1}
    assert filled.uses("KZ") == {}


def test_a_pool_with_one_unreleased_version_uses_none(filled):
    release(filled, ONE)

    with pytest.raises(Refused, match="not_released"):
        filled.mark_used("S1", [ONE, TWO], 5)
    assert filled.item(ONE).state is State.RELEASED
    assert filled.uses("CRM") == {}


def test_content_changed_behind_the_banks_back_is_noticed(engine):
    bank = SqlBank(engine, DirectWriter(engine))
    bank.add_standard(crm(), 1)
    bank.add_items([item()], "author", 2)
    versions = tables.item_versions
    with engine.begin() as connection:
        content = connection.execute(versions.select()).one().content
        connection.execute(update(versions).values(content=content.replace('"key":"B"', '"key":"C"')))

    with pytest.raises(BrokenBank, match=r"CRM\.1\.1\.1-01@1"):
        bank.item(ONE)


def test_two_workers_adding_the_same_items_leave_one_copy(engine):
    bank = SqlBank(engine, DirectWriter(engine))
    bank.add_standard(crm(), 1)
    start, outcomes = Barrier(2), []

    def add(who):
        start.wait()
        try:
            outcomes.append(len(bank.add_items([item()], who, 2).new))
        except Refused as refusal:
            outcomes.append(refusal.code)

    workers = [Thread(target=add, args=(who,)) for who in ("a", "b")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(outcomes, key=str) in ([0, 1], [1, "version_exists"])
    assert len(bank.items("CRM")) == 1
