"""A migration that creates a table; the example has its downgrade."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "FEATURE1"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = "FEATURE"
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Create a table."""
    op.create_table("notes", sa.Column("id", sa.Uuid(), primary_key=True))


EXAMPLE  # frame
