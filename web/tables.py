"""Tables of accounts, personal data beside the log, and the pools that exam sessions were opened with."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("login", String(120), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("password", String(200), nullable=False),
    Column("language", String(5), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled_at", BigInteger),
)
"""Staff only; candidates never have a password. `password` is an argon2id hash."""

account_roles = Table(
    "account_roles",
    metadata,
    Column("account", ForeignKey("accounts.id"), primary_key=True),
    Column("role", String(30), primary_key=True),
)

staff_logins = Table(
    "staff_logins",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("account", ForeignKey("accounts.id"), nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
"""One row per logged-in browser; the cookie holds the token, the row its digest. Logging out deletes the row."""

person_keys = Table(
    "person_keys",
    metadata,
    Column("person", String(40), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)
"""The key of one person, wrapped under KRITERIA_PERSON_KEY; deleting the row erases the person."""

persons = Table(
    "persons",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("record", LargeBinary, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""Name and reference of a candidate, readable only with the person's key."""

notes = Table(
    "notes",
    metadata,
    Column("commitment", String(64), primary_key=True),
    Column("person", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("label", String(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("notes_person", "person"),
)
"""Free text and document digits that events only commit to, under the person's key."""

frozen_pools = Table(
    "frozen_pools",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("standard", String(60), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
"""The item pool an exam session was planned with, as JSON rows; its digest is the pool's own."""
