"""Fill sort keys."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.orm import Session

revision: str = "b5000000000b"
down_revision: str | Sequence[str] | None = "b5000000000a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


birds = sa.table("row_birds", sa.column("id"), sa.column("name"), sa.column("sort_key"))


def _names(connection: sa.Connection) -> dict[str, str]:
    rows = connection.execute(sa.select(birds.c.id, birds.c.name)).all()
    return {row.id: row.name for row in rows}


def _fill(bird_id: str, name: str) -> None:
    op.execute(birds.update().where(birds.c.id == bird_id).values(sort_key=name.lower()))


def upgrade() -> None:
    """Fill the new column."""
    for bird_id, name in _names(op.get_bind()).items():
        _fill(bird_id, name)  # violates: row-by-row-migration
    session = Session(op.get_bind())
    found = session.execute(sa.text("SELECT id FROM row_birds")).scalars()
    deleted = sa.text("DELETE FROM row_birds WHERE id = :id")
    for one in found:
        session.execute(deleted, {"id": one})  # violates: row-by-row-migration
    changed = [{"id": one} for one in session.scalars(sa.select(birds.c.id))]
    if changed:
        op.get_bind().execute(deleted, changed)  # violates: row-by-row-migration


def downgrade() -> None:
    """Empty the column, a change that the running version does not see."""
