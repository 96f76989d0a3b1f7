"""Give claims an adjuster and a deadline.

Revision 5e7a50000003, after 5e7a50000002.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a50000003"
down_revision: str | Sequence[str] | None = "5e7a50000002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    with op.batch_alter_table("claim_files") as files:
        files.add_column(sa.Column("adjuster", sa.String(60), nullable=True))
        files.add_column(sa.Column("due_on", sa.Date(), nullable=True))


def downgrade() -> None:  # breach: migration-one-way
    """Undo `upgrade`."""
    with op.batch_alter_table("claim_files") as files:
        files.drop_column("adjuster")
