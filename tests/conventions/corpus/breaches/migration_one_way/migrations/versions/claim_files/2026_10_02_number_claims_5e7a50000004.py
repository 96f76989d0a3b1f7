"""Count the claims of a year in the database.

Revision 5e7a50000004, after 5e7a50000003.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "5e7a50000004"
down_revision: str | Sequence[str] | None = "5e7a50000003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


FUNCTION = """
    CREATE FUNCTION next_claim(of_year integer) RETURNS integer LANGUAGE sql AS $$
        UPDATE claim_numbers SET last = last + 1 WHERE year = of_year RETURNING last
    $$
"""


def upgrade() -> None:
    """Create the function that numbers claims."""
    op.execute(FUNCTION)


def downgrade() -> None:  # breach: migration-one-way
    """Undo `upgrade`."""
    if op.get_context().as_sql:
        return
    print("nothing to undo")
