"""Create flag rollouts tables.

Revision 1e149ed49341, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "1e149ed49341"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("flag_rollouts",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "feature_flags",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
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
        sa.CheckConstraint("name ~ '^[a-z][a-z0-9-]*$'", name=op.f("ck_feature_flags_name_form")),
        sa.CheckConstraint(
            "percent BETWEEN 0 AND 100", name=op.f("ck_feature_flags_percent_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feature_flags")),
        sa.UniqueConstraint("name", name=op.f("uq_feature_flags_name")),
    )
    op.create_table(
        "flag_overrides",
        sa.Column("flag_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["flag_id"],
            ["feature_flags.id"],
            name=op.f("fk_flag_overrides_flag_id_feature_flags"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_flag_overrides_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("flag_id", "user_id", name=op.f("pk_flag_overrides")),
    )
    op.create_index(op.f("ix_flag_overrides_user_id"), "flag_overrides", ["user_id"], unique=False)


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_flag_overrides_user_id"), table_name="flag_overrides")
    op.drop_table("flag_overrides")
    op.drop_table("feature_flags")
