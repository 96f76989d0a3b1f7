"""Number the bins of each aisle.

Revision 5e7a70000004, after 5e7a70000003.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "5e7a70000004"
down_revision: str | Sequence[str] | None = "5e7a70000003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    # breach: migration-risk
    op.execute("CREATE INDEX CONCURRENTLY ix_warehouse_bins_number ON warehouse_bins (number)")
    op.execute("ALTER TABLE warehouse_bins DISABLE TRIGGER ALL")  # breach: migration-risk
    with op.batch_alter_table("warehouse_bins") as batch:
        batch.drop_constraint("pk_warehouse_bins", type_="primary")  # breach: migration-risk
        # breach: migration-risk
        batch.create_primary_key("pk_warehouse_bins", ["id", "number"])


def downgrade() -> None:
    """Undo `upgrade`."""
    with op.batch_alter_table("warehouse_bins") as batch:
        batch.drop_constraint("pk_warehouse_bins", type_="primary")
        batch.create_primary_key("pk_warehouse_bins", ["id"])
    op.execute("ALTER TABLE warehouse_bins ENABLE TRIGGER ALL")
    op.drop_index("ix_warehouse_bins_number", "warehouse_bins")
