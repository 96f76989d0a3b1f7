"""Create subscription extras tables.

Revision cf5b1f2f3719, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "cf5b1f2f3719"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("subscription_extras",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "catalogue_add_ons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("monthly", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "setup_fee", sa.Numeric(precision=10, scale=2), server_default="0", nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_add_ons")),
        sa.UniqueConstraint("sku", name=op.f("uq_catalogue_add_ons_sku")),
    )
    op.create_table(
        "add_on_bookings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("add_on_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "quantity BETWEEN 1 AND 1000", name=op.f("ck_add_on_bookings_quantity_range")
        ),
        sa.ForeignKeyConstraint(
            ["add_on_id"],
            ["catalogue_add_ons.id"],
            name=op.f("fk_add_on_bookings_add_on_id_catalogue_add_ons"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_add_on_bookings_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_add_on_bookings")),
    )
    op.create_index(
        op.f("ix_add_on_bookings_add_on_id"), "add_on_bookings", ["add_on_id"], unique=False
    )
    op.create_index(
        op.f("ix_add_on_bookings_owner_id"), "add_on_bookings", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_add_on_bookings_owner_id_add_on_id"),
        "add_on_bookings",
        ["owner_id", "add_on_id"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        op.f("ix_add_on_bookings_owner_id_created_at_id"),
        "add_on_bookings",
        ["owner_id", "created_at", "id"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_add_on_bookings_owner_id_created_at_id"), table_name="add_on_bookings")
    op.drop_index(
        op.f("ix_add_on_bookings_owner_id_add_on_id"),
        table_name="add_on_bookings",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_index(op.f("ix_add_on_bookings_owner_id"), table_name="add_on_bookings")
    op.drop_index(op.f("ix_add_on_bookings_add_on_id"), table_name="add_on_bookings")
    op.drop_table("add_on_bookings")
    op.drop_table("catalogue_add_ons")
