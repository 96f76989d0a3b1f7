"""A migration of a live table; the example is its upgrade."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "FEATURE2"
down_revision: str | Sequence[str] | None = "FEATURE1"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Change a table."""
    EXAMPLE  # frame


def downgrade() -> None:
    """Change it back."""
    op.execute("SELECT 1")
