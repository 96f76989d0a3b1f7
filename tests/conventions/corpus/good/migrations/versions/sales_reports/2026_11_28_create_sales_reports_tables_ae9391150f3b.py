"""Create sales reports tables.

Revision ae9391150f3b, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "ae9391150f3b"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("sales_reports",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "sales_target_history",
        sa.Column("region", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("net", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.PrimaryKeyConstraint("region", "valid_from", name=op.f("pk_sales_target_history")),
    )
    op.create_table(
        "shop_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("region", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("total_weight_kg", sa.Double(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_orders")),
    )
    op.create_index(
        op.f("ix_shop_orders_ordered_at_region"),
        "shop_orders",
        ["ordered_at", "region"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_shop_orders_ordered_at_region"), table_name="shop_orders")
    op.drop_table("shop_orders")
    op.drop_table("sales_target_history")
