"""Personal data: readable with the key, gone without it, bound to the person."""

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import text, update

from web.sqlpersons import Erased, Person, SqlPersons
from web.sqlwriter import DirectWriter, open_engine
from web.tables import metadata, person_keys, persons

ANNA = Person(name="Anna Example", reference="K-17")


@pytest.fixture
def engine(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/p.db", writing=True)
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine):
    return SqlPersons(engine, DirectWriter(engine), bytes(32))


def test_a_person_is_read_back(store):
    store.add("c1", ANNA, 1)
    assert store.get("c1") == ANNA


def test_nothing_of_a_person_stands_in_the_file_in_clear(store, tmp_path):
    store.add("c1", ANNA, 1)
    store.note("c1", "note", "was unwell at nine", 2, "w1")
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Example" not in raw
    assert b"unwell" not in raw


def test_a_note_is_found_by_its_commitment_and_two_equal_notes_differ(store):
    store.add("c1", ANNA, 1)
    first, second = store.note("c1", "note", "late", 2, "w1"), store.note("c1", "note", "late", 3, "w2")
    assert first != second
    assert store.texts("c1") == {first: "late", second: "late"}


def test_erasing_a_person_deletes_the_key_and_leaves_the_others(store, engine):
    store.add("c1", ANNA, 1)
    store.add("c2", Person(name="Bo", reference="K-18"), 1)
    store.note("c1", "note", "late", 2, "w1")
    assert store.erase("c1")
    assert not store.erase("c1")
    with pytest.raises(Erased):
        store.get("c1")
    assert store.texts("c1") == {}
    assert set(store.many(("c1", "c2"))) == {"c2"}
    with engine.connect() as connection:
        assert connection.scalars(text("select person from person_keys")).all() == ["c2"]


def test_a_record_moved_to_another_person_does_not_open(store, engine):
    store.add("c1", ANNA, 1)
    store.add("c2", Person(name="Bo", reference="K-18"), 1)
    with engine.begin() as connection:
        for table, column in ((persons, "record"), (person_keys, "wrapped")):
            key = table.c.id if table is persons else table.c.person
            value = connection.scalar(table.select().with_only_columns(table.c[column]).where(key == "c1"))
            connection.execute(update(table).where(key == "c2").values({column: value}))
    with pytest.raises(InvalidTag):
        store.get("c2")


def test_the_same_wish_keeps_one_note_and_one_commitment(store):
    store.add("c1", ANNA, 1)
    assert store.note("c1", "note", "late", 2, "w1") == store.note("c1", "note", "late", 9, "w1")
    assert len(store.texts("c1")) == 1


def test_a_note_of_which_nothing_came_is_removed_and_the_others_stay(store):
    store.add("c1", ANNA, 1)
    kept = store.note("c1", "note", "late", 2, "w1")
    store.note("c1", "note", "refused", 3, "w2")
    store.forget_note("c1", "w2")
    assert store.texts("c1") == {kept: "late"}
