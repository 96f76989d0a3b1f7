"""Add heights."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a1000000000c"
down_revision: str | Sequence[str] | None = "a1000000000b"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _add(*names: str) -> None:
    with op.batch_alter_table("irreversible_ferns") as ferns:
        for name in names:
            ferns.add_column(sa.Column(name, sa.Integer(), nullable=True))


def upgrade() -> None:
    """Apply the changes of the models."""
    _add("height", "width")
    op.execute("CREATE VIEW irreversible_heights AS SELECT height FROM irreversible_ferns")


def downgrade() -> None:  # violates: irreversible-migration
    """Undo `upgrade`; the width is left, since somebody may have written it down by then."""
    op.execute("DROP VIEW irreversible_heights")
    op.drop_column("irreversible_ferns", "height")
