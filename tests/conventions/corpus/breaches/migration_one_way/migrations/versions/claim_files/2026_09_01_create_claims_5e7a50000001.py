"""Create the files of insurance claims.

Revision 5e7a50000001, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a50000001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("claim_files",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "claim_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_files")),
    )
    op.execute("CREATE TABLE claim_numbers (year integer PRIMARY KEY, last integer NOT NULL)")


def downgrade() -> None:  # breach: migration-one-way
    """Undo `upgrade`."""
    op.drop_table("claim_files")
