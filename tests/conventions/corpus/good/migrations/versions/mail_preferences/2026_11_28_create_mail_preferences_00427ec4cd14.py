"""Create mail preferences.

Revision 00427ec4cd14, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "00427ec4cd14"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("mail_preferences",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "mail_preferences",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=6), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("language", sa.String(length=5), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "digest IN ('off', 'daily', 'weekly')", name=op.f("ck_mail_preferences_digest_known")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_mail_preferences_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_mail_preferences")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("mail_preferences")
