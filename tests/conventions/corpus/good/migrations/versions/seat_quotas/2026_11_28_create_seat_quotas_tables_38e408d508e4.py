"""Create seat quotas tables.

Revision 38e408d508e4, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "38e408d508e4"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("seat_quotas",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "quota_usage",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("quota", sa.String(length=12), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("used >= 0", name=op.f("ck_quota_usage_used_not_negative")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["users.id"],
            name=op.f("fk_quota_usage_account_id_users"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("account_id", "quota", "month", name=op.f("pk_quota_usage")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("quota_usage")
