"""Require a category of each seat.

Revision 5e7a30000003, after 5e7a30000002.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a30000003"
down_revision: str | Sequence[str] | None = "5e7a30000002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


category = sa.Column("category", sa.String(16), nullable=False)


def _add(table: str, column: sa.Column[Any]) -> None:
    op.add_column(table, column)


def upgrade() -> None:
    """Apply the changes of the models."""
    _add("venue_seats", category)  # breach: migration-breaks
    with op.batch_alter_table("event_venues", schema=None) as venues:
        # breach: migration-breaks
        venues.add_column(sa.Column("time_zone", sa.String(40), nullable=False))
    # breach: migration-breaks
    op.execute("alter table venue_seats add column price_group varchar(8) not null")


def downgrade() -> None:
    """Undo `upgrade`."""
    for table, column in (
        ("venue_seats", "price_group"),
        ("event_venues", "time_zone"),
        ("venue_seats", "category"),
    ):
        op.drop_column(table, column)
