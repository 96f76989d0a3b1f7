"""Create row birds."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b5000000000a"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("row_by_row_migration",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "row_birds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("sort_key", sa.String(80), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_row_birds")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("row_birds")
