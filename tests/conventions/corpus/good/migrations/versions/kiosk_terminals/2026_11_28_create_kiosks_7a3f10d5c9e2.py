"""Create kiosks and their prices.

Revision: 7a3f10d5c9e2, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7a3f10d5c9e2"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("kiosk_terminals",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "kiosks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("pin_hash", sa.String(length=255), nullable=True),
        sa.Column("pin_ends_at", TIME, nullable=True),
        sa.Column("paired_at", TIME, nullable=True),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_kiosks_owner_id_users"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kiosks")),
    )
    op.create_index(op.f("ix_kiosks_owner_id"), "kiosks", ["owner_id"])
    op.create_index(
        op.f("ix_kiosks_owner_id_created_at_id"), "kiosks", ["owner_id", "created_at", "id"]
    )
    op.create_table(
        "kiosk_prices",
        sa.Column("kiosk_id", sa.Uuid(), nullable=False),
        sa.Column("article", sa.String(length=20), nullable=False),
        sa.Column("price", sa.Numeric(precision=10, scale=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["kiosk_id"],
            ["kiosks.id"],
            name=op.f("fk_kiosk_prices_kiosk_id_kiosks"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("kiosk_id", "article", name=op.f("pk_kiosk_prices")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("kiosk_prices")
    op.drop_table("kiosks")
