"""Tables of the bank: standards, signed allocations, items, their versions, and which exam sessions used them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

standards = Table(
    "standards",
    metadata,
    Column("code", String(60), primary_key=True),
    Column("title", Text, nullable=False),
    Column("tree", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("imported_at", BigInteger, nullable=False),
)
"""`tree` is StandardTree.as_json(); institution data stays out of it."""

allocations = Table(
    "allocations",
    metadata,
    Column("standard", ForeignKey("standards.code"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("parts", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("signed_by", String(60), nullable=False),
    Column("signed_at", BigInteger, nullable=False),
)
"""Signed decisions only; rows are never updated."""

items = Table(
    "items",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("standard", ForeignKey("standards.code"), nullable=False, index=True),
    Column("outcome", String(80), nullable=False),
)
"""`outcome` is that of the newest version, "" while it has none."""

item_versions = Table(
    "item_versions",
    metadata,
    Column("item", ForeignKey("items.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("content", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("added_by", String(60), nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("reviewed_by", String(60)),
    Column("released_by", String(60)),
)
"""`content` and `digest` are written once; only the state and the names beside it move."""

item_uses = Table(
    "item_uses",
    metadata,
    Column("exam_session", String(60), primary_key=True),
    Column("item", String(64), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    ForeignKeyConstraint(["item", "version"], ["item_versions.item", "item_versions.version"]),
)
