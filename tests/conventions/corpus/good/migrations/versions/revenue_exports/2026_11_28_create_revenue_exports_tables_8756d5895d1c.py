"""Create revenue exports tables.

Revision 8756d5895d1c, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "8756d5895d1c"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("revenue_exports",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "booked_sales",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=False),
        sa.Column("product", sa.String(length=120), nullable=False),
        sa.Column("customer_number", sa.String(length=20), nullable=False),
        sa.Column("net", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column("tax", sa.Numeric(precision=14, scale=2), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "net >= 0 AND tax >= 0", name=op.f("ck_booked_sales_amounts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_booked_sales_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booked_sales")),
    )
    op.create_index(op.f("ix_booked_sales_owner_id"), "booked_sales", ["owner_id"], unique=False)
    op.create_index(
        op.f("ix_booked_sales_owner_id_booked_on_id"),
        "booked_sales",
        ["owner_id", "booked_on", "id"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_booked_sales_owner_id_booked_on_id"), table_name="booked_sales")
    op.drop_index(op.f("ix_booked_sales_owner_id"), table_name="booked_sales")
    op.drop_table("booked_sales")
