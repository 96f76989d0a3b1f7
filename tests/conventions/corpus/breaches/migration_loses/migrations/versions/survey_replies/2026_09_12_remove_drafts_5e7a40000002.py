"""Remove what the new editor does not need.

Revision 5e7a40000002, after 5e7a40000001.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a40000002"
down_revision: str | Sequence[str] | None = "5e7a40000001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


OBSOLETE = ("survey_drafts",)
replies = sa.table("survey_replies", sa.column("score"), sa.column("comment"))


def upgrade() -> None:
    """Apply the changes of the models."""
    with op.batch_alter_table("survey_replies") as batch:
        batch.drop_column("channel")  # breach: migration-loses
    for table in OBSOLETE:
        op.execute(f"DROP TABLE IF EXISTS {table} CASCADE")  # breach: migration-loses
    op.execute("ALTER TABLE surveys DROP COLUMN settings")  # breach: migration-loses
    op.execute(sa.delete(replies).where(replies.c.score.is_(None)))  # breach: migration-loses


def downgrade() -> None:
    """Create the columns and the table again, empty."""
    op.add_column("surveys", sa.Column("settings", sa.JSON(), nullable=True))
    op.create_table(
        "survey_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_drafts")),
    )
    op.add_column("survey_replies", sa.Column("channel", sa.String(16), nullable=True))
