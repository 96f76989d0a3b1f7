"""Create venues and their seats.

Revision 5e7a30000001, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a30000001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("venue_seats",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "concert_venues",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("city", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concert_venues")),
    )
    op.create_table(
        "venue_seats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("row_name", sa.String(4), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_venue_seats")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("venue_seats")
    op.drop_table("concert_venues")
