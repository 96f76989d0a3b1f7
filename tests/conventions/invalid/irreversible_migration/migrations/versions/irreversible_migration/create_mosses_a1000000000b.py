"""Create mosses."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a1000000000b"
down_revision: str | Sequence[str] | None = "a1000000000a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "irreversible_mosses",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_irreversible_mosses")),
    )

    op.create_table(
        "irreversible_stones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_irreversible_stones")),
    )


def downgrade() -> None:  # violates: irreversible-migration
    """Undo `upgrade`."""
    op.drop_table("irreversible_mosses")
