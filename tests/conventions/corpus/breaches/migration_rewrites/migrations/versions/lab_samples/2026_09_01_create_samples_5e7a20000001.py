"""Create the samples of the laboratory.

Revision 5e7a20000001, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a20000001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("lab_samples",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "lab_samples",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("volume_ml", sa.Numeric(8, 2), nullable=False),
        sa.Column("note", sa.String(200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lab_samples")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("lab_samples")
