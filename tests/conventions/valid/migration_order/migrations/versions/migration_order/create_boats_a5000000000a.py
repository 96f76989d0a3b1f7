"""Create boats."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a5000000000a"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("migration_order",)
depends_on: str | Sequence[str] | None = "3f6a1d80c2e5"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "order_boats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_order_boats_user_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_boats")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("order_boats")
