"""Index the ids of messages that events wait for, and validate the reasons of suppressions.

Revision: a90e6d25bc17, after 7c1f4ab3d820. Alone in its migration, since it runs in no transaction.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "a90e6d25bc17"
down_revision: str | Sequence[str] | None = "7c1f4ab3d820"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

INDEX = "ix_resend_events_resend_id"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.execute(
        "ALTER TABLE resend_suppressions VALIDATE CONSTRAINT ck_resend_suppressions_reason_known"
    )
    with op.get_context().autocommit_block():
        # An attempt that failed half-way leaves an invalid index.
        op.drop_index(op.f(INDEX), "resend_events", if_exists=True, postgresql_concurrently=True)
        op.create_index(op.f(INDEX), "resend_events", ["resend_id"], postgresql_concurrently=True)


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f(INDEX), "resend_events")
