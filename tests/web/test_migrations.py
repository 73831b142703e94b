"""The migrated database is the one the code describes."""

from secrets import token_hex

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData, create_engine, insert, make_url, text

from itembank.tables import metadata as bank_tables
from proctor.tables import metadata as proctor_tables
from results.tables import metadata as result_tables
from web import schema
from web.sqlwriter import open_engine
from web.tables import metadata as web_tables
from web.wiring import code_head, database_head, migrations_config

METADATA = [bank_tables, proctor_tables, result_tables, web_tables]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/m.db"
    server = make_url(request.getfixturevalue("postgres_url"))
    name = f"m{token_hex(6)}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"create database {name}"))
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


def test_the_migrated_shape_is_the_described_one(url):
    schema.upgrade(url)
    engine = open_engine(url, writing=True)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    assert database_head(engine) == code_head()
    engine.dispose()


def test_old_exam_sessions_keep_the_allocation_their_items_were_drawn_by(url):
    """Signed at 10, 20 and 30: an exam session made at 25 has the second, one of unknown birth the newest."""
    command.upgrade(migrations_config(url), "0001")
    engine = open_engine(url, writing=True)
    with engine.begin() as connection:
        bank, proctor = bank_tables.tables, MetaData()
        proctor.reflect(connection, only=["exam_sessions"])
        connection.execute(
            insert(bank["standards"]),
            [{"code": one, "title": one, "tree": "{}", "digest": one, "imported_at": 1} for one in "AB"],
        )
        decision = {"parts": "{}", "basis": "b", "signed_by": "chair"}
        connection.execute(
            insert(bank["allocations"]),
            [{"standard": "A", "version": n, "signed_at": 10 * n, **decision} for n in (1, 2, 3)]
            + [{"standard": "B", "version": 1, "signed_at": 5, **decision}],
        )
        connection.execute(insert(bank["items"]), [{"id": "i", "standard": "A", "outcome": "A.1"}])
        item = {"content": "{}", "digest": "d", "state": "used", "added_by": "author", "added_at": 1}
        connection.execute(insert(bank["item_versions"]), [{"item": "i", "version": n, **item} for n in (1, 2)])
        shared = {
            "title": "t", "language": "pl", "room": "r", "starts_at": 99, "status": "closed", "plan_json": "{}",
            "delivery_json": "{}", "pool_ref": "p", "feed": 7,
        }  # fmt: skip
        made = {"at-25": "A", "at-20": "A", "unknown": "A", "other": "B"}
        connection.execute(
            insert(proctor.tables["exam_sessions"]),
            [{"id": one, "standard": standard, **shared} for one, standard in made.items()],
        )
        uses = [("at-25", 1, 25), ("at-25", 2, 26), ("at-20", 1, 20), ("other", 1, 3)]
        connection.execute(
            insert(bank["item_uses"]),
            [{"exam_session": one, "item": "i", "version": version, "at": at} for one, version, at in uses],
        )
    schema.upgrade(url)
    with engine.connect() as connection:
        kept = connection.execute(text("select id, allocation, feed from exam_sessions")).all()
    engine.dispose()
    assert {(one, version) for one, version, _ in kept} == {("at-25", 2), ("at-20", 2), ("unknown", 3), ("other", 1)}
    assert {feed for *_, feed in kept} == {7}


def test_upgrading_twice_changes_nothing(tmp_path):
    url = f"sqlite:///{tmp_path}/m.db"
    schema.upgrade(url)
    schema.upgrade(url)
    engine = open_engine(url, writing=False)
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from events")) == 0
    engine.dispose()
