"""Allow links that change an address, and index the tokens by hash and by user.

Revision: b1d94e7f2a63, after 3f6a1d80c2e5. The indexes are created outside a transaction; what
precedes them can be repeated.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b1d94e7f2a63"
down_revision: str | Sequence[str] | None = "3f6a1d80c2e5"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE, CHECK = "account_tokens", "ck_account_tokens_purpose_known"
KEY, USER = "uq_account_tokens_key", "ix_account_tokens_user_id"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.drop_constraint(op.f(CHECK), TABLE, if_exists=True)
    op.create_check_constraint(
        op.f(CHECK),
        TABLE,
        "purpose IN ('verify_address', 'change_address', 'reset_password')",
        postgresql_not_valid=True,
    )
    with op.get_context().autocommit_block():
        # An attempt that failed half-way leaves an invalid index.
        for name, column, unique in ((KEY, "token_hash", True), (USER, "user_id", False)):
            op.drop_index(op.f(name), TABLE, if_exists=True, postgresql_concurrently=True)
            op.create_index(
                op.f(name), TABLE, [column], unique=unique, postgresql_concurrently=True
            )


def downgrade() -> None:
    """Undo `upgrade`; links that were sent become invalid."""
    op.execute(sa.text("DELETE FROM account_tokens"))
    op.drop_index(op.f(USER), TABLE)
    op.drop_index(op.f(KEY), TABLE, if_exists=True)
    op.drop_constraint(op.f(CHECK), TABLE)
    op.create_check_constraint(
        op.f(CHECK), TABLE, "purpose IN ('verify_address', 'reset_password')"
    )
