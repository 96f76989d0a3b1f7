"""Create payment links tables.

Revision b46935c520b0, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "b46935c520b0"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("payment_links",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "payment_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("remote_id", sa.String(length=60), nullable=False),
        sa.Column("url", sa.String(length=300), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("labels", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_payment_links_currency_form")),
        sa.CheckConstraint("amount_cents > 0", name=op.f("ck_payment_links_amount_positive")),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_payment_links_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_links")),
        sa.UniqueConstraint("remote_id", name=op.f("uq_payment_links_remote_id")),
    )
    op.create_index(op.f("ix_payment_links_owner_id"), "payment_links", ["owner_id"], unique=False)
    op.create_index(
        op.f("ix_payment_links_owner_id_created_at_id"),
        "payment_links",
        ["owner_id", "created_at", "id"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_payment_links_owner_id_created_at_id"), table_name="payment_links")
    op.drop_index(op.f("ix_payment_links_owner_id"), table_name="payment_links")
    op.drop_table("payment_links")
