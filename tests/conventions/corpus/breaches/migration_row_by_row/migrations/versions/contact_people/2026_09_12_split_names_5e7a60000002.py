"""Split the names of contact people.

Revision 5e7a60000002, after 5e7a60000001.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a60000002"
down_revision: str | Sequence[str] | None = "5e7a60000001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


people = sa.table(
    "contact_people",
    sa.column("id", sa.Uuid()),
    sa.column("full_name", sa.String()),
    sa.column("given_name", sa.String()),
    sa.column("family_name", sa.String()),
)


def upgrade() -> None:
    """Fill the two parts of each name."""
    connection = op.get_bind()
    for person in connection.execute(sa.select(people.c.id, people.c.full_name)):
        given, _, family = person.full_name.partition(" ")
        connection.execute(  # breach: migration-row-by-row
            people.update()
            .where(people.c.id == person.id)
            .values(given_name=given, family_name=family)
        )


def downgrade() -> None:
    """Empty the two parts of each name again."""
    op.execute(people.update().values(given_name=None, family_name=None))
