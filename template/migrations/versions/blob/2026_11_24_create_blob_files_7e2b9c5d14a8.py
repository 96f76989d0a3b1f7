"""Create the files of users, and how many bytes are taken.

Revision: 7e2b9c5d14a8, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7e2b9c5d14a8"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("blob",)
depends_on: str | Sequence[str] | None = "3f6a1d80c2e5"  # users


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "blob_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("content_type", sa.String(100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("pathname", sa.String(200), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reserved_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.CheckConstraint(
            "state IN ('reserved', 'stored', 'deleting')", name=op.f("ck_blob_files_state_known")
        ),
        sa.CheckConstraint("size >= 0", name=op.f("ck_blob_files_size_not_negative")),
        sa.CheckConstraint(
            "(state = 'reserved') = (reserved_until IS NOT NULL)",
            name=op.f("ck_blob_files_has_an_end"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_blob_files_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blob_files")),
        sa.UniqueConstraint("pathname", name=op.f("uq_blob_files_pathname")),
    )
    op.create_index(
        op.f("ix_blob_files_owner_id_created_at_id_state_content_type"),
        "blob_files",
        ["owner_id", "created_at", "id", "state", "content_type"],
    )
    op.create_table(
        "blob_usage",
        sa.Column("holder", sa.Uuid(), nullable=False),
        sa.Column("used_bytes", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("used_bytes >= 0", name=op.f("ck_blob_usage_used_bytes_not_negative")),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_blob_usage")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("blob_usage")
    op.drop_table("blob_files")
