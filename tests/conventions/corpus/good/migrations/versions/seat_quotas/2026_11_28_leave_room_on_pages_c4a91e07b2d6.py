"""Set how full the pages of quotas are.

Revision: c4a91e07b2d6, after 38e408d508e4. It changes the catalogue alone.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "c4a91e07b2d6"
down_revision: str | Sequence[str] | None = "38e408d508e4"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

FILL_FACTORS = {"quota_usage": 80}


def upgrade() -> None:
    """Leave room for the updates that count a use, so that a page takes the new row too."""
    for table, percent in FILL_FACTORS.items():
        op.execute(f"ALTER TABLE {table} SET (fillfactor = {percent:d})")


def downgrade() -> None:
    """Undo `upgrade`."""
    for table in FILL_FACTORS:
        op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
