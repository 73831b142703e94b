"""Runs the revisions against the database named by the caller."""

from alembic import context
from sqlalchemy import MetaData, create_engine

from itembank.tables import metadata as itembank
from proctor.tables import metadata as proctor
from results.tables import metadata as results
from web.tables import metadata as web

METADATA: list[MetaData] = [itembank, proctor, results, web]


def run() -> None:
    """One transaction for all pending revisions."""
    engine = create_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            render_as_batch=connection.dialect.name == "sqlite",
            compare_type=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
