"""Tables of the practical part and of signatures; both only ever grow."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table

metadata = MetaData()

practice_entries = Table(
    "practice_entries",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("sitting", String(40), nullable=False),
    Column("criterion", String(80), nullable=False),
    Column("decision", String(20), nullable=False),
    Column("method", String(40), nullable=False),
    Column("assessor", String(120), nullable=False),
    Column("on_day", String(10), nullable=False),
    Column("account", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("practice_entries_sitting", "sitting"),
    sqlite_autoincrement=True,
)
"""The committee's decisions as they were entered; of several on one criterion the last one counts."""

signatures = Table(
    "signatures",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("sitting", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("account", String(40), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", String(2000), nullable=False),
    Index("signatures_sitting", "sitting"),
    sqlite_autoincrement=True,
)
"""Who signed which result (by digest): ``exception`` for provisional parameters, ``confirmation`` of the decision,
``void`` of a result that shall not count."""
