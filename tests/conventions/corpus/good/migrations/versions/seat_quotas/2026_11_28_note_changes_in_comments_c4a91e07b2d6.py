"""Describe the table of quotas in a comment, and set how full its pages are.

Revision: c4a91e07b2d6, after 38e408d508e4. Each statement changes the catalogue alone.
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
    for table in ("quota_usage",):
        op.execute(f"COMMENT ON TABLE {table} IS 'See app/features/seat_quotas.'")


def downgrade() -> None:
    """Undo `upgrade`."""
    for table in FILL_FACTORS:
        op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
    op.execute("COMMENT ON TABLE quota_usage IS NULL")
