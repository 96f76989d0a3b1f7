"""Create house ledger tables.

Revision 4e5514679b18, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "4e5514679b18"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("house_ledger",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "ledger_accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("balance", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("lowest", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "currency ~ '^[A-Z]{3}$'", name=op.f("ck_ledger_accounts_currency_form")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_ledger_accounts_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_accounts")),
        sa.UniqueConstraint("owner_id", "number", name=op.f("uq_ledger_accounts_owner_id_number")),
    )
    op.create_index(
        op.f("ix_ledger_accounts_owner_id"), "ledger_accounts", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_ledger_accounts_owner_id_created_at_id"),
        "ledger_accounts",
        ["owner_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("memo", sa.String(length=200), nullable=False),
        sa.Column(
            "booked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_ledger_transactions_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_transactions")),
    )
    op.create_index(
        op.f("ix_ledger_transactions_owner_id"), "ledger_transactions", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_ledger_transactions_owner_id_booked_at_id"),
        "ledger_transactions",
        ["owner_id", "booked_at", "id"],
        unique=False,
    )
    op.create_table(
        "ledger_lines",
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_lines_amount_not_zero")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["ledger_accounts.id"],
            name=op.f("fk_ledger_lines_account_id_ledger_accounts"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"],
            ["ledger_transactions.id"],
            name=op.f("fk_ledger_lines_transaction_id_ledger_transactions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("transaction_id", "position", name=op.f("pk_ledger_lines")),
    )
    op.create_index(
        op.f("ix_ledger_lines_account_id"), "ledger_lines", ["account_id"], unique=False
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_ledger_lines_account_id"), table_name="ledger_lines")
    op.drop_table("ledger_lines")
    op.drop_index(
        op.f("ix_ledger_transactions_owner_id_booked_at_id"), table_name="ledger_transactions"
    )
    op.drop_index(op.f("ix_ledger_transactions_owner_id"), table_name="ledger_transactions")
    op.drop_table("ledger_transactions")
    op.drop_index(op.f("ix_ledger_accounts_owner_id_created_at_id"), table_name="ledger_accounts")
    op.drop_index(op.f("ix_ledger_accounts_owner_id"), table_name="ledger_accounts")
    op.drop_table("ledger_accounts")
