"""The first shape of all tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this shape."""
    op.create_table(
        "standards",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("tree", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("code"),
    )
    op.create_table(
        "allocations",
        sa.Column("standard", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("signed_by", sa.String(length=60), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["standard"],
            ["standards.code"],
        ),
        sa.PrimaryKeyConstraint("standard", "version"),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("standard", sa.String(length=60), nullable=False),
        sa.Column("outcome", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["standard"],
            ["standards.code"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_items_standard"), ["standard"], unique=False)

    op.create_table(
        "item_versions",
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("added_by", sa.String(length=60), nullable=False),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_by", sa.String(length=60), nullable=True),
        sa.Column("released_by", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(
            ["item"],
            ["items.id"],
        ),
        sa.PrimaryKeyConstraint("item", "version"),
    )
    op.create_table(
        "item_uses",
        sa.Column("exam_session", sa.String(length=60), nullable=False),
        sa.Column("item", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item", "version"],
            ["item_versions.item", "item_versions.version"],
        ),
        sa.PrimaryKeyConstraint("exam_session", "item", "version"),
    )
    op.create_table(
        "exam_sessions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("standard", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("plan_json", sa.Text(), nullable=False),
        sa.Column("delivery_json", sa.Text(), nullable=False),
        sa.Column("pool_ref", sa.String(length=128), nullable=False),
        sa.Column("feed", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exam_sessions")),
    )
    op.create_table(
        "assignments",
        sa.Column("exam_session", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("capacity", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["exam_session"], ["exam_sessions.id"], name=op.f("fk_assignments_exam_session")),
        sa.PrimaryKeyConstraint("exam_session", "account", "capacity", name=op.f("pk_assignments")),
    )
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignments_account"), ["account"], unique=False)

    op.create_table(
        "checkpoints",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("exam_session", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["exam_session"], ["exam_sessions.id"], name=op.f("fk_checkpoints_exam_session")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_checkpoints")),
    )
    with op.batch_alter_table("checkpoints", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_checkpoints_exam_session"), ["exam_session"], unique=False)

    op.create_table(
        "sittings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("exam_session", sa.String(length=64), nullable=False),
        sa.Column("candidate", sa.String(length=64), nullable=False),
        sa.Column("seat", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("head", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["exam_session"], ["exam_sessions.id"], name=op.f("fk_sittings_exam_session")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sittings")),
        sa.UniqueConstraint("exam_session", "candidate", name=op.f("uq_sittings_exam_session_candidate")),
        sa.UniqueConstraint("exam_session", "seat", name=op.f("uq_sittings_exam_session_seat")),
    )
    op.create_table(
        "stations",
        sa.Column("exam_session", sa.String(length=64), nullable=False),
        sa.Column("station", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["exam_session"], ["exam_sessions.id"], name=op.f("fk_stations_exam_session")),
        sa.PrimaryKeyConstraint("exam_session", "station", name=op.f("pk_stations")),
    )
    op.create_table(
        "events",
        sa.Column("sitting", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("exam_session", sa.String(length=64), nullable=False),
        sa.Column("feed", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["exam_session"], ["exam_sessions.id"], name=op.f("fk_events_exam_session")),
        sa.ForeignKeyConstraint(["sitting"], ["sittings.id"], name=op.f("fk_events_sitting")),
        sa.PrimaryKeyConstraint("sitting", "seq", name=op.f("pk_events")),
        sa.UniqueConstraint("exam_session", "feed", name=op.f("uq_events_exam_session_feed")),
    )
    op.create_table(
        "presence",
        sa.Column("sitting", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("last_seen", sa.BigInteger(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("outbox_depth", sa.Integer(), nullable=False),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("browser", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["sitting"], ["sittings.id"], name=op.f("fk_presence_sitting")),
        sa.PrimaryKeyConstraint("sitting", name=op.f("pk_presence")),
    )
    op.create_table(
        "seat_codes",
        sa.Column("locator", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sitting", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("spent_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["sitting"], ["sittings.id"], name=op.f("fk_seat_codes_sitting")),
        sa.PrimaryKeyConstraint("locator", name=op.f("pk_seat_codes")),
    )
    with op.batch_alter_table("seat_codes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_codes_sitting"), ["sitting"], unique=False)

    op.create_table(
        "practice_entries",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("sitting", sa.String(length=40), nullable=False),
        sa.Column("criterion", sa.String(length=80), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("assessor", sa.String(length=120), nullable=False),
        sa.Column("on_day", sa.String(length=10), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("practice_entries", schema=None) as batch_op:
        batch_op.create_index("practice_entries_sitting", ["sitting"], unique=False)

    op.create_table(
        "signatures",
        sa.Column("number", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("sitting", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=2000), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("signatures", schema=None) as batch_op:
        batch_op.create_index("signatures_sitting", ["sitting"], unique=False)

    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("login", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("login"),
    )
    op.create_table(
        "frozen_pools",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("standard", sa.String(length=60), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "notes",
        sa.Column("commitment", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("commitment"),
    )
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.create_index("notes_person", ["person"], unique=False)

    op.create_table(
        "person_keys",
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person"),
    )
    op.create_table(
        "persons",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "account_roles",
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("account", "role"),
    )
    op.create_table(
        "staff_logins",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("digest"),
    )


def downgrade() -> None:
    """Go back to the shape before."""
    op.drop_table("staff_logins")
    op.drop_table("account_roles")
    op.drop_table("persons")
    op.drop_table("person_keys")
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.drop_index("notes_person")

    op.drop_table("notes")
    op.drop_table("frozen_pools")
    op.drop_table("accounts")
    with op.batch_alter_table("signatures", schema=None) as batch_op:
        batch_op.drop_index("signatures_sitting")

    op.drop_table("signatures")
    with op.batch_alter_table("practice_entries", schema=None) as batch_op:
        batch_op.drop_index("practice_entries_sitting")

    op.drop_table("practice_entries")
    with op.batch_alter_table("seat_codes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seat_codes_sitting"))

    op.drop_table("seat_codes")
    op.drop_table("presence")
    op.drop_table("events")
    op.drop_table("stations")
    op.drop_table("sittings")
    with op.batch_alter_table("checkpoints", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_checkpoints_exam_session"))

    op.drop_table("checkpoints")
    with op.batch_alter_table("assignments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_assignments_account"))

    op.drop_table("assignments")
    op.drop_table("exam_sessions")
    op.drop_table("item_uses")
    op.drop_table("item_versions")
    with op.batch_alter_table("items", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_items_standard"))

    op.drop_table("items")
    op.drop_table("allocations")
    op.drop_table("standards")
