"""Create vendor hooks tables.

Revision 076cc46ad680, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "076cc46ad680"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("vendor_hooks",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "vendor_hook_events",
        sa.Column("vendor", sa.String(length=20), nullable=False),
        sa.Column("event_id", sa.String(length=100), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("vendor", "event_id", name=op.f("pk_vendor_hook_events")),
    )
    op.create_index(
        op.f("ix_vendor_hook_events_received_at"),
        "vendor_hook_events",
        ["received_at"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_vendor_hook_events_received_at"), table_name="vendor_hook_events")
    op.drop_table("vendor_hook_events")
