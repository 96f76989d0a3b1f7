"""Create access keys tables.

Revision 0ebe5e2c4de2, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0ebe5e2c4de2"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("access_keys",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "access_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("prefix", sa.String(length=8), nullable=False),
        sa.Column("key_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.String(length=30)), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
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
            name=op.f("fk_access_keys_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_keys")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_access_keys_key_hash")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_access_keys_owner_id_name")),
    )
    op.create_index(op.f("ix_access_keys_owner_id"), "access_keys", ["owner_id"], unique=False)
    op.create_index(
        op.f("ix_access_keys_owner_id_created_at_id"),
        "access_keys",
        ["owner_id", "created_at", "id"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_access_keys_owner_id_created_at_id"), table_name="access_keys")
    op.drop_index(op.f("ix_access_keys_owner_id"), table_name="access_keys")
    op.drop_table("access_keys")
