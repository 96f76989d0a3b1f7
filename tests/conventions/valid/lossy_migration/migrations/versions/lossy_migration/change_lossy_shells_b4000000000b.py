"""Clean up shells."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b4000000000b"
down_revision: str | Sequence[str] | None = "b4000000000a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


EXPIRED = """
    DELETE FROM lossy_shells WHERE id IN (SELECT id FROM lossy_shells WHERE size IS NULL LIMIT 1000)
"""


def upgrade() -> None:
    """Remove the shells without a size, a thousand at a time."""
    op.execute("CREATE TABLE lossy_copies AS SELECT * FROM lossy_shells WHERE size IS NULL")
    op.execute("DELETE FROM lossy_copies WHERE id IS NULL")
    with op.get_context().autocommit_block():
        while op.get_bind().execute(sa.text(EXPIRED)).rowcount:
            pass


def downgrade() -> None:
    """Bring the rows back."""
    op.execute("INSERT INTO lossy_shells SELECT * FROM lossy_copies")
    op.drop_table("lossy_copies")
