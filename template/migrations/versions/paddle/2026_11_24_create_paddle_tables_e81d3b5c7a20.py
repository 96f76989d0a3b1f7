"""Create the tables of Paddle: events, customers, subscriptions, transactions.

Revision: e81d3b5c7a20, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "e81d3b5c7a20"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("paddle",)
depends_on: str | Sequence[str] | None = ("3f6a1d80c2e5",)  # users


def _snapshot() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    ]


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "paddle_events",
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "received_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('applied', 'kept', 'failed')", name=op.f("ck_paddle_events_state_known")
        ),
        sa.CheckConstraint(
            "(state = 'applied') = (applied_at IS NOT NULL)",
            name=op.f("ck_paddle_events_applied_at_told"),
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_paddle_events")),
    )
    op.create_table(
        "paddle_customers",
        *_snapshot(),
        sa.Column("email", sa.String(320), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("user_left_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_paddle_customers_user_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paddle_customers")),
    )
    op.create_index(op.f("ix_paddle_customers_user_id"), "paddle_customers", ["user_id"])
    op.create_table(
        "paddle_subscriptions",
        *_snapshot(),
        sa.Column("customer_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("price_ids", postgresql.ARRAY(sa.String(64)), nullable=False),
        sa.Column("product_ids", postgresql.ARRAY(sa.String(64)), nullable=False),
        sa.Column("currency_code", sa.String(3), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_period_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_period_ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_billed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("scheduled_change", sa.String(16), nullable=True),
        sa.Column("scheduled_change_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("canceled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'canceled', 'inactive', 'past_due', 'paused', 'trialing')",
            name=op.f("ck_paddle_subscriptions_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["paddle_customers.id"],
            name=op.f("fk_paddle_subscriptions_customer_id_paddle_customers"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paddle_subscriptions")),
    )
    op.create_index(
        op.f("ix_paddle_subscriptions_customer_id_status"),
        "paddle_subscriptions",
        ["customer_id", "status"],
    )
    op.create_table(
        "paddle_transactions",
        *_snapshot(),
        sa.Column("customer_id", sa.String(64), nullable=True),
        sa.Column("subscription_id", sa.String(64), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("currency_code", sa.String(3), nullable=False),
        sa.Column("subtotal", sa.BigInteger(), nullable=False),
        sa.Column("discount", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("grand_total", sa.BigInteger(), nullable=False),
        sa.Column("billed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('billed', 'canceled', 'completed', 'draft', 'paid', 'past_due', 'ready')",
            name=op.f("ck_paddle_transactions_status_known"),
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["paddle_customers.id"],
            name=op.f("fk_paddle_transactions_customer_id_paddle_customers"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paddle_transactions")),
    )
    op.create_index(
        op.f("ix_paddle_transactions_customer_id"), "paddle_transactions", ["customer_id"]
    )
    op.create_index(
        op.f("ix_paddle_transactions_subscription_id"), "paddle_transactions", ["subscription_id"]
    )
    op.create_table(
        "paddle_reconciliations",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("after", sa.String(64), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_paddle_reconciliations_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paddle_reconciliations")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("paddle_reconciliations")
    op.drop_table("paddle_transactions")
    op.drop_table("paddle_subscriptions")
    op.drop_table("paddle_customers")
    op.drop_table("paddle_events")
