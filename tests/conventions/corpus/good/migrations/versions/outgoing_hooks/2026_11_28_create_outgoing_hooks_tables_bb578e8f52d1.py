"""Create outgoing hooks tables.

Revision bb578e8f52d1, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "bb578e8f52d1"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("outgoing_hooks",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "hook_subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("partner", sa.String(length=30), nullable=False),
        sa.Column("path", sa.String(length=100), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("path ~ '^/[a-z0-9/-]*$'", name=op.f("ck_hook_subscriptions_path_form")),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_hook_subscriptions_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_subscriptions")),
        sa.UniqueConstraint(
            "owner_id", "partner", "path", name=op.f("uq_hook_subscriptions_owner_id_partner_path")
        ),
    )
    op.create_index(
        op.f("ix_hook_subscriptions_owner_id"), "hook_subscriptions", ["owner_id"], unique=False
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_hook_subscriptions_owner_id"), table_name="hook_subscriptions")
    op.drop_table("hook_subscriptions")
