"""Shorten comments and scores.

Revision 5e7a40000003, after 5e7a40000002.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a40000003"
down_revision: str | Sequence[str] | None = "5e7a40000002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


SHORT = 200


def upgrade() -> None:
    """Apply the changes of the models."""
    connection = op.get_bind()
    connection.execute(sa.text("TRUNCATE surveys CASCADE"))  # breach: migration-loses
    op.alter_column(  # breach: migration-loses
        "survey_replies",
        "comment",
        type_=sa.String(SHORT),
        existing_type=sa.String(2000),
        postgresql_using=f"left(comment, {SHORT})",
    )
    # breach: migration-loses
    op.execute("ALTER TABLE survey_replies ALTER score TYPE integer USING round(score)")


def downgrade() -> None:
    """Make room again; what was cut off stays lost."""
    op.alter_column("survey_replies", "score", type_=sa.Numeric(6, 3))
    op.alter_column("survey_replies", "comment", type_=sa.String(2000))
