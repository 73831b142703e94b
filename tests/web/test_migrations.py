"""The migrated database is the one the code describes."""

from secrets import token_hex

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, make_url, text

from itembank.tables import metadata as bank_tables
from proctor.tables import metadata as proctor_tables
from results.tables import metadata as result_tables
from web import schema
from web.sqlwriter import open_engine
from web.tables import metadata as web_tables
from web.wiring import code_head, database_head

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


def test_upgrading_twice_changes_nothing(tmp_path):
    url = f"sqlite:///{tmp_path}/m.db"
    schema.upgrade(url)
    schema.upgrade(url)
    engine = open_engine(url, writing=False)
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from events")) == 0
    engine.dispose()
