"""Give claims a state.

Revision 5e7a50000002, after 5e7a50000001.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a50000002"
down_revision: str | Sequence[str] | None = "5e7a50000001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.add_column("claim_files", sa.Column("state", sa.String(16), nullable=True))
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_claim_files_number", "claim_files", ["number"], postgresql_concurrently=True
        )


def downgrade() -> None:  # breach: migration-one-way
    """Undo `upgrade`."""
    raise NotImplementedError
