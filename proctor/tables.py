"""The tables of proctor: exam sessions and who works in them, sittings, events, seat codes, presence, checkpoints."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)  # fmt: skip

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMES)

ID = String(64)

exam_sessions = Table(
    "exam_sessions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("standard", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("room", Text, nullable=False),
    Column("starts_at", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("plan_json", Text, nullable=False),
    Column("delivery_json", Text, nullable=False),
    Column("pool_ref", String(128), nullable=False),
    Column("allocation", Integer, nullable=False),
    Column("feed", BigInteger, nullable=False, server_default="0"),
)

assignments = Table(
    "assignments",
    metadata,
    Column("exam_session", ID, ForeignKey("exam_sessions.id"), primary_key=True),
    Column("account", ID, primary_key=True),
    Column("capacity", String(32), primary_key=True),
    Index(None, "account"),
)

stations = Table(
    "stations",
    metadata,
    Column("exam_session", ID, ForeignKey("exam_sessions.id"), primary_key=True),
    Column("station", String(40), primary_key=True),
)

sittings = Table(
    "sittings",
    metadata,
    Column("id", ID, primary_key=True),
    Column("exam_session", ID, ForeignKey("exam_sessions.id"), nullable=False),
    Column("candidate", ID, nullable=False),
    Column("seat", String(40), nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("head", String(64), nullable=False, server_default=""),
    UniqueConstraint("exam_session", "seat"),
    UniqueConstraint("exam_session", "candidate"),
)

events = Table(
    "events",
    metadata,
    Column("sitting", ID, ForeignKey("sittings.id"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("exam_session", ID, ForeignKey("exam_sessions.id"), nullable=False),
    Column("feed", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("type", String(64), nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("head", String(64), nullable=False),
    UniqueConstraint("exam_session", "feed"),
)

seat_codes = Table(
    "seat_codes",
    metadata,
    Column("locator", String(64), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("sitting", ID, ForeignKey("sittings.id"), nullable=False, index=True),
    Column("epoch", Integer, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
)

presence = Table(
    "presence",
    metadata,
    Column("sitting", ID, ForeignKey("sittings.id"), primary_key=True),
    Column("epoch", Integer, nullable=False),
    Column("last_seen", BigInteger, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("outbox_depth", Integer, nullable=False),
    Column("visible", Boolean, nullable=False),
    Column("browser", String(120)),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("exam_session", ID, ForeignKey("exam_sessions.id"), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
