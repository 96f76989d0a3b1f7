"""Create rafts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a5000000000d"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("rafts",)  # violates: migration-order
depends_on: str | Sequence[str] | None = None

def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "order_rafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_rafts")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("order_rafts")
