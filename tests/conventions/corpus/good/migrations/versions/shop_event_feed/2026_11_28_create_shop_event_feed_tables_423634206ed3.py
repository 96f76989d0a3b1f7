"""Create shop event feed tables.

Revision 423634206ed3, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "423634206ed3"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("shop_event_feed",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "shop_feed_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "happened_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_shop_feed_events_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_feed_events")),
    )
    op.create_index(
        op.f("ix_shop_feed_events_owner_id"), "shop_feed_events", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_shop_feed_events_owner_id_number"),
        "shop_feed_events",
        ["owner_id", "number"],
        unique=True,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_shop_feed_events_owner_id_number"), table_name="shop_feed_events")
    op.drop_index(op.f("ix_shop_feed_events_owner_id"), table_name="shop_feed_events")
    op.drop_table("shop_feed_events")
