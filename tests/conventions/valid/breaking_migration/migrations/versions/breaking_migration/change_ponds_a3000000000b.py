"""Change ponds."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a3000000000b"
down_revision: str | Sequence[str] | None = "a3000000000a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.add_column("breaking_ponds", sa.Column("length", sa.Integer(), nullable=True))
    op.add_column(
        "breaking_ponds", sa.Column("width", sa.Integer(), server_default="1", nullable=False)
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_column("breaking_ponds", "width")
    op.drop_column("breaking_ponds", "length")
