"""Validate the memos of older transactions.

Revision: 5f1e9a30c7bd, after 61c0b7d2e8fa.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "5f1e9a30c7bd"
down_revision: str | Sequence[str] | None = "61c0b7d2e8fa"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Check the rows that were written before the constraint."""
    op.execute(
        "ALTER TABLE ledger_transactions VALIDATE CONSTRAINT ck_ledger_transactions_memo_not_empty"
    )


def downgrade() -> None:
    """Do nothing.

    A constraint cannot be made invalid again, and a valid one takes the same new rows as before;
    the downgrade of 61c0b7d2e8fa drops it.
    """
