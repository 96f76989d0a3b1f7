"""Create outbox relay tables.

Revision 42539bde90be, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "42539bde90be"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("outbox_relay",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
    )
    op.create_index(
        op.f("ix_outbox_messages_due_at_id"), "outbox_messages", ["due_at", "id"], unique=False
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_outbox_messages_due_at_id"), table_name="outbox_messages")
    op.drop_table("outbox_messages")
