"""Index the bins by level alone.

Revision 5e7a70000002, after 5e7a70000001.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "5e7a70000002"
down_revision: str | Sequence[str] | None = "5e7a70000001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.drop_index("ix_warehouse_bins_aisle_level", "warehouse_bins")  # breach: migration-risk
    op.execute("COMMIT")  # breach: migration-risk
    op.execute("CREATE INDEX CONCURRENTLY ix_warehouse_bins_level ON warehouse_bins (level)")
    op.execute("BEGIN")  # breach: migration-risk


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index("ix_warehouse_bins_level", "warehouse_bins")
    op.create_index("ix_warehouse_bins_aisle_level", "warehouse_bins", ["aisle", "level"])
