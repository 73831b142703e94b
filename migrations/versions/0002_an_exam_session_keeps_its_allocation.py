"""An exam session keeps the version of the signed allocation it was made with."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

FROZEN = """
    update exam_sessions set allocation = coalesce(
        (
            select max(allocations.version) from allocations
            where allocations.standard = exam_sessions.standard and allocations.signed_at <= (
                select min(item_uses.at) from item_uses where item_uses.exam_session = exam_sessions.id
            )
        ),
        (select max(allocations.version) from allocations where allocations.standard = exam_sessions.standard),
        1
    )
"""
"""What was in force when the exam session took its items from the bank (its creation), else the newest one."""


def upgrade() -> None:
    """Go to this shape."""
    op.add_column("exam_sessions", sa.Column("allocation", sa.Integer(), nullable=True))
    op.execute(FROZEN)
    with op.batch_alter_table("exam_sessions") as batch_op:
        batch_op.alter_column("allocation", existing_type=sa.Integer(), nullable=False)


def downgrade() -> None:
    """Go back to the shape before."""
    with op.batch_alter_table("exam_sessions") as batch_op:
        batch_op.drop_column("allocation")
