"""Give each sample a public reference.

Revision 5e7a20000003, after 5e7a20000002.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a20000003"
down_revision: str | Sequence[str] | None = "5e7a20000002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


RANDOM = sa.func.gen_random_uuid()


def upgrade() -> None:
    """Apply the changes of the models."""
    # breach: migration-rewrites
    op.add_column("lab_samples", sa.Column("reference", sa.Uuid(), server_default=RANDOM))
    op.add_column(  # breach: migration-rewrites
        "lab_samples",
        sa.Column("volume_l", sa.Numeric(12, 4), sa.Computed("volume_ml / 1000", persisted=True)),
    )
    op.add_column(  # breach: migration-rewrites
        "lab_samples", sa.Column("position", sa.BigInteger(), sa.Identity(always=True))
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_column("lab_samples", "position")
    op.drop_column("lab_samples", "volume_l")
    op.drop_column("lab_samples", "reference")
