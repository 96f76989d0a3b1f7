"""Add open checkouts, second subscriptions, quantities, invoice numbers and address keys.

Revision: 4b7d2c90e6f1, after e81d3b5c7a20.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "4b7d2c90e6f1"
down_revision: str | Sequence[str] | None = "e81d3b5c7a20"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

SUBSCRIPTIONS = "paddle_subscriptions"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "paddle_checkouts",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.String(64), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_paddle_checkouts_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_paddle_checkouts")),
    )
    op.add_column("paddle_customers", sa.Column("email_key", sa.String(320), nullable=True))
    op.add_column("paddle_transactions", sa.Column("invoice_number", sa.String(64), nullable=True))
    for column in (
        sa.Column(
            "quantities",
            postgresql.ARRAY(sa.Integer()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("duplicate_of", sa.String(64), nullable=True),
        sa.Column("duplicate_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duplicate_action", sa.String(16), nullable=True),
    ):
        op.add_column(SUBSCRIPTIONS, column)


def downgrade() -> None:
    """Undo `upgrade`."""
    for name in ("duplicate_action", "duplicate_at", "duplicate_of", "quantities"):
        op.drop_column(SUBSCRIPTIONS, name)
    op.drop_column("paddle_transactions", "invoice_number")
    op.drop_column("paddle_customers", "email_key")
    op.drop_table("paddle_checkouts")
