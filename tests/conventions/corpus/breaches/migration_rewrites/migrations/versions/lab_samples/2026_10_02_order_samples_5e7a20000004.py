"""Store the samples in the order of their numbers.

Revision 5e7a20000004, after 5e7a20000003.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a20000004"
down_revision: str | Sequence[str] | None = "5e7a20000003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    connection = op.get_bind()
    # breach: migration-rewrites
    connection.execute(sa.text("CLUSTER lab_samples USING pk_lab_samples"))
    op.execute(sa.DDL("ALTER TABLE lab_samples SET UNLOGGED"))  # breach: migration-rewrites
    op.execute(  # breach: migration-rewrites
        "ALTER TABLE lab_samples ADD COLUMN opened_at timestamptz DEFAULT clock_timestamp()"
    )


def downgrade() -> None:
    """Undo `upgrade`; the order of the rows needs no undoing."""
    op.drop_column("lab_samples", "opened_at")
    op.execute("ALTER TABLE lab_samples SET LOGGED")
