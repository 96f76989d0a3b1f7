"""Create coupon redemptions tables.

Revision 03fc5b1dd842, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "03fc5b1dd842"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("coupon_redemptions",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "coupons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("discount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column("redemptions_left", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("redemptions_left >= 0", name=op.f("ck_coupons_left_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons")),
        sa.UniqueConstraint("code", name=op.f("uq_coupons_code")),
    )
    op.create_table(
        "coupon_redemptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("order_number", sa.String(length=20), nullable=False),
        sa.Column("discount", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.Column(
            "redeemed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["coupon_id"],
            ["coupons.id"],
            name=op.f("fk_coupon_redemptions_coupon_id_coupons"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_coupon_redemptions_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_redemptions")),
    )
    op.create_index(
        op.f("ix_coupon_redemptions_coupon_id"), "coupon_redemptions", ["coupon_id"], unique=False
    )
    op.create_index(
        op.f("ix_coupon_redemptions_owner_id"), "coupon_redemptions", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_coupon_redemptions_owner_id_coupon_id"),
        "coupon_redemptions",
        ["owner_id", "coupon_id"],
        unique=True,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_coupon_redemptions_owner_id_coupon_id"), table_name="coupon_redemptions")
    op.drop_index(op.f("ix_coupon_redemptions_owner_id"), table_name="coupon_redemptions")
    op.drop_index(op.f("ix_coupon_redemptions_coupon_id"), table_name="coupon_redemptions")
    op.drop_table("coupon_redemptions")
    op.drop_table("coupons")
