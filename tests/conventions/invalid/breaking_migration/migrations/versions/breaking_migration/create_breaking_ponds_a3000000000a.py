"""Create breaking ponds."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a3000000000a"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ('breaking_migration',)
depends_on: str | Sequence[str] | None = None

def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "breaking_ponds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breaking_ponds")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("breaking_ponds")
