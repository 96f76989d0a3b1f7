"""Create the bins of a warehouse.

Revision 5e7a70000001, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a70000001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("warehouse_bins",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "warehouse_bins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("aisle", sa.CHAR(4), nullable=False),  # breach: migration-risk
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warehouse_bins")),
    )
    op.create_index("ix_warehouse_bins_aisle_level", "warehouse_bins", ["aisle", "level"])
    op.execute("CREATE TYPE bin_kind AS ENUM ('shelf', 'pallet')")


def downgrade() -> None:
    """Undo `upgrade`."""
    op.execute("DROP TYPE bin_kind")
    op.drop_table("warehouse_bins")
