"""Create calendar sync tables.

Revision 3df7274a3f23, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "3df7274a3f23"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("calendar_sync",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "linked_calendars",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("remote_id", sa.String(length=120), nullable=False),
        sa.Column("sync_token", sa.String(length=500), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_linked_calendars_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_linked_calendars")),
    )
    op.create_index(
        op.f("ix_linked_calendars_owner_id"), "linked_calendars", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_linked_calendars_owner_id_remote_id"),
        "linked_calendars",
        ["owner_id", "remote_id"],
        unique=True,
    )
    op.create_table(
        "synced_meetings",
        sa.Column("calendar_id", sa.Uuid(), nullable=False),
        sa.Column("remote_id", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["linked_calendars.id"],
            name=op.f("fk_synced_meetings_calendar_id_linked_calendars"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("calendar_id", "remote_id", name=op.f("pk_synced_meetings")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("synced_meetings")
    op.drop_index(op.f("ix_linked_calendars_owner_id_remote_id"), table_name="linked_calendars")
    op.drop_index(op.f("ix_linked_calendars_owner_id"), table_name="linked_calendars")
    op.drop_table("linked_calendars")
