"""Check that a transaction has a memo.

Revision: 61c0b7d2e8fa, after 4e5514679b18. New rows are checked from now on; `5f1e9a30c7bd`
checks the older ones, without a lock that keeps others from writing.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "61c0b7d2e8fa"
down_revision: str | Sequence[str] | None = "4e5514679b18"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME = "ck_ledger_transactions_memo_not_empty"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_check_constraint(
        op.f(NAME), "ledger_transactions", "memo <> ''", postgresql_not_valid=True
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_constraint(op.f(NAME), "ledger_transactions", type_="check")
