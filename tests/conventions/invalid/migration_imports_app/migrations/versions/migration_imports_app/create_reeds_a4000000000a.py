"""Create reeds."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from app.core.db import UtcDateTime  # violates: migration-imports-app

revision: str = "a4000000000a"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ('migration_imports_app',)
depends_on: str | Sequence[str] | None = None

def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "imported_reeds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imported_reeds")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("imported_reeds")
