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
    op.create_table(
        "locking_lakes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("depth", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locking_lakes")),
    )
    op.create_index("ix_locking_lakes_depth", "locking_lakes", ["depth"])
    op.create_check_constraint("deep", "locking_ponds", "depth > 0", postgresql_not_valid=True)
    op.alter_column("locking_ponds", "depth", server_default="1")
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_locking_ponds_depth", "locking_ponds", ["depth"], postgresql_concurrently=True
        )


def downgrade() -> None:
    """Undo `upgrade`."""
    with op.get_context().autocommit_block():
        op.drop_index("ix_locking_ponds_depth", postgresql_concurrently=True)
    op.alter_column("locking_ponds", "depth", server_default=None)
    op.drop_constraint("deep", "locking_ponds")
    op.drop_table("locking_lakes")
