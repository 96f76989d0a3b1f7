"""Index the address keys of customers, and second subscriptions.

Revision: c2a85f17d934, after 4b7d2c90e6f1. Alone in its migration, since it runs in no transaction.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "c2a85f17d934"
down_revision: str | Sequence[str] | None = "4b7d2c90e6f1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEXES = (
    ("ix_paddle_customers_email_key", "paddle_customers", ["email_key"]),
    ("ix_paddle_subscriptions_duplicate_of_id", "paddle_subscriptions", ["duplicate_of", "id"]),
)


def upgrade() -> None:
    """Apply the changes of the models."""
    with op.get_context().autocommit_block():
        for name, table, columns in INDEXES:
            # An attempt that failed half-way leaves an invalid index.
            op.drop_index(op.f(name), table, if_exists=True, postgresql_concurrently=True)
            op.create_index(op.f(name), table, columns, postgresql_concurrently=True)


def downgrade() -> None:
    """Undo `upgrade`."""
    for name, table, _ in INDEXES:
        op.drop_index(op.f(name), table)
