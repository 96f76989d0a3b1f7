"""Name the rows of seats as the ushers do.

Revision 5e7a30000002, after 5e7a30000001.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "5e7a30000002"
down_revision: str | Sequence[str] | None = "5e7a30000001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    with op.batch_alter_table("venue_seats") as seats:
        seats.alter_column("row_name", new_column_name="aisle")  # breach: migration-breaks
    op.execute("ALTER TABLE venue_seats RENAME COLUMN place TO seat")  # breach: migration-breaks
    op.execute(  # breach: migration-breaks
        """
        ALTER TABLE concert_venues
            RENAME TO event_venues
        """
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.rename_table("event_venues", "concert_venues")
    op.alter_column("venue_seats", "seat", new_column_name="place")
    op.alter_column("venue_seats", "aisle", new_column_name="row_name")
