"""Create ferns."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a1000000000a"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ('irreversible_migration',)
depends_on: str | Sequence[str] | None = None

def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "irreversible_ferns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_irreversible_ferns")),
    )


def downgrade() -> None:  # violates: irreversible-migration
    """Undo `upgrade`."""
