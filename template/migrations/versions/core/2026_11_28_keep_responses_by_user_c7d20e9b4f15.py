"""Store whose request a kept response answers, so that it is deleted with the user.

Revision: c7d20e9b4f15, after 5d0b7c3e91fa. Alone in its migration, since the index is created
outside a transaction; what precedes it can be repeated.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "c7d20e9b4f15"
down_revision: str | Sequence[str] | None = "5d0b7c3e91fa"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLE, INDEX = "idempotency_keys", "ix_idempotency_keys_user_id"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.add_column(TABLE, sa.Column("user_id", sa.String(36), nullable=True), if_not_exists=True)
    with op.get_context().autocommit_block():
        # An attempt that failed half-way leaves an invalid index.
        op.drop_index(op.f(INDEX), TABLE, if_exists=True, postgresql_concurrently=True)
        op.create_index(op.f(INDEX), TABLE, ["user_id"], postgresql_concurrently=True)


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f(INDEX), TABLE)
    op.drop_column(TABLE, "user_id")
