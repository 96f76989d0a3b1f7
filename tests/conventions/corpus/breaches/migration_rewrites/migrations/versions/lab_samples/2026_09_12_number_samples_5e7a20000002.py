"""Number the samples with larger numbers.

Revision 5e7a20000002, after 5e7a20000001.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a20000002"
down_revision: str | Sequence[str] | None = "5e7a20000001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.execute("ALTER TABLE lab_samples ALTER number TYPE bigint")  # breach: migration-rewrites
    with op.batch_alter_table("lab_samples") as samples:
        samples.alter_column(  # breach: migration-rewrites
            "volume_ml", type_=sa.Numeric(12, 4), existing_type=sa.Numeric(8, 2)
        )
    _retype("taken_at", sa.BigInteger(), using="extract(epoch FROM taken_at)::bigint")


def _retype(column: str, kind: sa.types.TypeEngine[Any], *, using: str) -> None:
    # breach: migration-rewrites
    op.alter_column("lab_samples", column, type_=kind, postgresql_using=using)


def downgrade() -> None:
    """Undo `upgrade`."""
    _retype("taken_at", sa.DateTime(timezone=True), using="to_timestamp(taken_at)")
    op.alter_column("lab_samples", "volume_ml", type_=sa.Numeric(8, 2))
    op.alter_column("lab_samples", "number", type_=sa.Integer())
