"""Create alerts.

Revision: b47e09d2c6a3, after 8c1f4e2a9b07.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b47e09d2c6a3"
down_revision: str | Sequence[str] | None = "8c1f4e2a9b07"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = "3f6a1d80c2e5"  # users


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("symbol_id", sa.Uuid(), nullable=False),
        sa.Column("condition", sa.String(16), nullable=False),
        sa.Column("threshold", sa.Numeric(20, 8), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.CheckConstraint(
            "condition IN ('price_above', 'price_below', 'volume_above')",
            name=op.f("ck_alerts_condition_known"),
        ),
        sa.CheckConstraint(
            "threshold > 0 AND threshold < 'NaN'", name=op.f("ck_alerts_threshold_positive")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_alerts_owner_id_users"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["symbol_id"],
            ["symbols.id"],
            name=op.f("fk_alerts_symbol_id_symbols"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
    )
    op.create_index(
        op.f("ix_alerts_owner_id_created_at_id_active_condition"),
        "alerts",
        ["owner_id", "created_at", "id", "active", "condition"],
    )
    op.create_index(
        op.f("ix_alerts_symbol_id_owner_id_created_at_id"),
        "alerts",
        ["symbol_id", "owner_id", "created_at", "id"],
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("alerts")
