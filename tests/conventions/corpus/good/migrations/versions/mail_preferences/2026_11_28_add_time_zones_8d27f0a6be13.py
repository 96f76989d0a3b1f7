"""Add the time zone of the digest.

Revision: 8d27f0a6be13, after 00427ec4cd14.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "8d27f0a6be13"
down_revision: str | Sequence[str] | None = "00427ec4cd14"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models; the running version leaves the column empty."""
    op.add_column("mail_preferences", sa.Column("time_zone", sa.String(40), nullable=True))
    op.add_column(
        "mail_preferences",
        sa.Column("is_html", sa.Boolean(), server_default=sa.true(), nullable=False),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_column("mail_preferences", "is_html")
    op.drop_column("mail_preferences", "time_zone")
