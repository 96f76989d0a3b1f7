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
    width = sa.Column("width", sa.Integer(), nullable=False)
    op.add_column("breaking_ponds", width)  # violates: breaking-migration
    op.add_column(  # violates: breaking-migration
        "breaking_ponds", sa.Column("length", sa.Integer(), nullable=False)
    )
    op.alter_column(  # violates: breaking-migration
        "breaking_ponds", "width", new_column_name="breadth"
    )
    op.drop_column("breaking_ponds", "depth")  # violates: breaking-migration


def downgrade() -> None:
    """Undo `upgrade`."""
    op.add_column("breaking_ponds", sa.Column("depth", sa.Integer(), nullable=True))
    op.alter_column("breaking_ponds", "breadth", new_column_name="width")
    op.drop_column("breaking_ponds", "length")
    op.drop_column("breaking_ponds", "width")
