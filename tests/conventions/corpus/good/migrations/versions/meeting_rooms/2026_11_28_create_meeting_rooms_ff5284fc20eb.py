"""Create meeting rooms.

Revision ff5284fc20eb, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "ff5284fc20eb"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("meeting_rooms",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    # For the exclusion constraint, which compares a UUID. `downgrade` leaves it to other features.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "meeting_rooms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("building", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_rooms")),
    )
    op.create_index(
        op.f("ix_meeting_rooms_building_name"), "meeting_rooms", ["building", "name"], unique=True
    )
    op.create_table(
        "room_reservations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        postgresql.ExcludeConstraint(
            (sa.literal_column("room_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("state != 'cancelled'"),
            using="gist",
            name="room_reservations_never_overlap",
        ),
        sa.CheckConstraint(
            "starts_at < ends_at", name=op.f("ck_room_reservations_start_before_end")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_room_reservations_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["room_id"],
            ["meeting_rooms.id"],
            name=op.f("fk_room_reservations_room_id_meeting_rooms"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_reservations")),
    )
    op.create_index(
        op.f("ix_room_reservations_owner_id"), "room_reservations", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_room_reservations_owner_id_starts_at_id"),
        "room_reservations",
        ["owner_id", "starts_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_room_reservations_room_id_starts_at"),
        "room_reservations",
        ["room_id", "starts_at"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_room_reservations_room_id_starts_at"), table_name="room_reservations")
    op.drop_index(
        op.f("ix_room_reservations_owner_id_starts_at_id"), table_name="room_reservations"
    )
    op.drop_index(op.f("ix_room_reservations_owner_id"), table_name="room_reservations")
    op.drop_table("room_reservations")
    op.drop_index(op.f("ix_meeting_rooms_building_name"), table_name="meeting_rooms")
    op.drop_table("meeting_rooms")
