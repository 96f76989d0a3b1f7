"""Add sails."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a5000000000b"
down_revision: str | Sequence[str] | None = "a5000000000a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.add_column("order_boats", sa.Column("sails", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_column("order_boats", "sails")
