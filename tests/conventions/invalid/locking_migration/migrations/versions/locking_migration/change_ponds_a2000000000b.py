"""Change ponds."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a2000000000b"
down_revision: str | Sequence[str] | None = "a2000000000a"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_index("ix_ponds", "locking_ponds", ["depth"])  # violates: locking-migration
    op.create_index(  # violates: locking-migration
        "ix_locking_ponds_depth_id", "locking_ponds", ["depth", "id"], postgresql_concurrently=True
    )
    op.create_check_constraint("deep", "locking_ponds", "depth > 0")  # violates: locking-migration
    op.create_unique_constraint("depth", "locking_ponds", ["depth"])  # violates: locking-migration
    op.alter_column("locking_ponds", "depth", nullable=False)  # violates: locking-migration
    op.alter_column("locking_ponds", "depth", type_=sa.BigInteger())  # violates: locking-migration
    op.execute("UPDATE locking_ponds SET depth = 1")  # violates: locking-migration
    with op.batch_alter_table("locking_ponds") as ponds:
        ponds.alter_column("depth", server_default="2")
        ponds.create_index("ix_locking_ponds_id", ["id"])  # violates: locking-migration
    _index("depth").create(op.get_bind())  # violates: locking-migration
    op.get_bind().execute(sa.text("LOCK TABLE locking_ponds"))  # violates: locking-migration
    op.execute(sa.DDL("CLUSTER locking_ponds USING ix_ponds"))  # violates: locking-migration


def _index(column: str) -> sa.Index:
    ponds = sa.Table("locking_ponds", sa.MetaData(), sa.Column(column))
    return sa.Index("ix_locking_ponds_all", ponds.c[column])


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_constraint("depth", "locking_ponds")
    op.drop_constraint("deep", "locking_ponds")
    op.drop_index("ix_locking_ponds_depth_id")
    op.drop_index("ix_ponds")
    op.drop_index("ix_locking_ponds_id")
    op.drop_index("ix_locking_ponds_all")
