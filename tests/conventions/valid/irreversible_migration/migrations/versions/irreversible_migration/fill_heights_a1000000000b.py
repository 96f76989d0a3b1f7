"""Analyze ferns."""

from collections.abc import Sequence

from alembic import op

revision: str = "a1000000000b"
down_revision: str | Sequence[str] | None = "a1000000000a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Refresh the statistics of the planner."""
    op.execute("ANALYZE irreversible_ferns")


def downgrade() -> None:
    """Do nothing: statistics are always true of the rows, whichever version of the service runs."""
