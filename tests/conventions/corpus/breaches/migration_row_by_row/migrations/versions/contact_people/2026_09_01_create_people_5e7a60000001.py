"""Create the contact people of customers.

Revision 5e7a60000001, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a60000001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("contact_people",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "contact_people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.String(200), nullable=False),
        sa.Column("given_name", sa.String(100), nullable=True),
        sa.Column("family_name", sa.String(100), nullable=True),
        sa.Column("phone", sa.String(30), nullable=True),
        sa.Column("email", sa.String(254), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_people")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("contact_people")
