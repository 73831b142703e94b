"""A seat code is not marked as used: the log's epoch says it, and the column was never written."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this shape."""
    with op.batch_alter_table("seat_codes") as batch_op:
        batch_op.drop_column("spent_at")


def downgrade() -> None:
    """Go back to the shape before."""
    with op.batch_alter_table("seat_codes") as batch_op:
        batch_op.add_column(sa.Column("spent_at", sa.BigInteger(), nullable=True))
