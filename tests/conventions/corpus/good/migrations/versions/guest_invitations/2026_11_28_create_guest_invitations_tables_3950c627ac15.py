"""Create guest invitations tables.

Revision 3950c627ac15, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "3950c627ac15"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("guest_invitations",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "guest_workspaces",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_workspaces")),
    )
    op.create_table(
        "guest_workspace_invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"],
            ["users.id"],
            name=op.f("fk_guest_workspace_invitations_invited_by_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["guest_workspaces.id"],
            name=op.f("fk_guest_workspace_invitations_workspace_id_guest_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guest_workspace_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_guest_workspace_invitations_token_hash")),
        sa.UniqueConstraint(
            "workspace_id",
            "email_key",
            name=op.f("uq_guest_workspace_invitations_workspace_id_email_key"),
        ),
    )
    op.create_index(
        op.f("ix_guest_workspace_invitations_expires_at"),
        "guest_workspace_invitations",
        ["expires_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_guest_workspace_invitations_invited_by"),
        "guest_workspace_invitations",
        ["invited_by"],
        unique=False,
    )
    op.create_table(
        "guest_workspace_members",
        sa.Column("workspace_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=8), nullable=False),
        sa.Column(
            "joined_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.CheckConstraint(
            "role IN ('viewer', 'editor', 'owner')",
            name=op.f("ck_guest_workspace_members_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_guest_workspace_members_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["guest_workspaces.id"],
            name=op.f("fk_guest_workspace_members_workspace_id_guest_workspaces"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", name=op.f("pk_guest_workspace_members")),
    )
    op.create_index(
        op.f("ix_guest_workspace_members_user_id"),
        "guest_workspace_members",
        ["user_id"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_guest_workspace_members_user_id"), table_name="guest_workspace_members")
    op.drop_table("guest_workspace_members")
    op.drop_index(
        op.f("ix_guest_workspace_invitations_invited_by"), table_name="guest_workspace_invitations"
    )
    op.drop_index(
        op.f("ix_guest_workspace_invitations_expires_at"), table_name="guest_workspace_invitations"
    )
    op.drop_table("guest_workspace_invitations")
    op.drop_table("guest_workspaces")
