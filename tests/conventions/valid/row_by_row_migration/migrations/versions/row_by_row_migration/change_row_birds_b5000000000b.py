"""Fill sort keys."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b5000000000b"
down_revision: str | Sequence[str] | None = "b5000000000a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


PREFIXES = {"a": "first", "z": "last"}
birds = sa.table("row_birds", sa.column("id"), sa.column("name"), sa.column("sort_key"))
BATCH = """
    UPDATE row_birds SET sort_key = :key
    WHERE id IN (SELECT id FROM row_birds WHERE name LIKE :prefix AND sort_key IS NULL LIMIT 500)
"""


def upgrade() -> None:
    """Fill the new column in parts, and copy the known names at once."""
    connection = op.get_bind()
    with op.get_context().autocommit_block():
        for prefix, key in PREFIXES.items():
            while connection.execute(sa.text(BATCH), {"prefix": prefix, "key": key}).rowcount:
                pass
    names = [{"name": row.name} for row in connection.execute(sa.select(birds.c.name))]
    if names:
        connection.execute(birds.insert(), names)
    for part in connection.execute(sa.select(birds.c.id)).partitions(1000):
        connection.execute(sa.select(birds.c.id).where(birds.c.id.in_([one.id for one in part])))


def downgrade() -> None:
    """Leave the keys: the column is computed again by the version before this one."""
