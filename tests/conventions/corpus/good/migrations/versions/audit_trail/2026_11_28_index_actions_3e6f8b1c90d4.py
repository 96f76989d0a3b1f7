"""Index the actions of the audit.

Revision: 3e6f8b1c90d4, after 86a4a135c4f5. Alone in its migration, since it runs in no transaction.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "3e6f8b1c90d4"
down_revision: str | Sequence[str] | None = "86a4a135c4f5"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME = "ix_audit_entries_action_happened_at_id"


def upgrade() -> None:
    """Apply the changes of the models."""
    with op.get_context().autocommit_block():
        op.drop_index(op.f(NAME), "audit_entries", if_exists=True, postgresql_concurrently=True)
        op.create_index(
            op.f(NAME),
            "audit_entries",
            ["action", "happened_at", "id"],
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    """Undo `upgrade`."""
    with op.get_context().autocommit_block():
        op.drop_index(op.f(NAME), "audit_entries", postgresql_concurrently=True)
