"""Clean up shells."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b4000000000b"
down_revision: str | Sequence[str] | None = "b4000000000a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


shells = sa.table("lossy_shells", sa.column("size"))


def _forget(connection: sa.Connection) -> None:
    connection.execute(sa.text("TRUNCATE TABLE lossy_shells"))  # violates: lossy-migration


def upgrade() -> None:
    """Apply the changes of the models."""
    op.execute(shells.delete().where(shells.c.size > 9))  # violates: lossy-migration
    _forget(op.get_bind())
    # violates: lossy-migration, locking-migration
    op.alter_column("lossy_shells", "size", type_=sa.Integer(), postgresql_using="trunc(size)")


def downgrade() -> None:
    """Restore the type; the rows and the fractions stay lost."""
    op.alter_column("lossy_shells", "size", type_=sa.Numeric(8, 2))
