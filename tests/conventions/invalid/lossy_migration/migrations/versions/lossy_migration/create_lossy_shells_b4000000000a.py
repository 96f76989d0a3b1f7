"""Create lossy shells."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b4000000000a"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("lossy_migration",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "lossy_shells",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.Numeric(8, 2), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lossy_shells")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("lossy_shells")
