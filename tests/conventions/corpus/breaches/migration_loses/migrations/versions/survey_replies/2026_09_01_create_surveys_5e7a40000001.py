"""Create surveys and their replies.

Revision 5e7a40000001, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "5e7a40000001"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("survey_replies",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "surveys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_surveys")),
    )
    op.create_table(
        "survey_replies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("comment", sa.String(2000), nullable=True),
        sa.Column("score", sa.Numeric(6, 3), nullable=True),
        sa.Column("channel", sa.String(16), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_replies")),
    )
    op.create_table(
        "survey_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_survey_drafts")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("survey_drafts")
    op.drop_table("survey_replies")
    op.drop_table("surveys")
