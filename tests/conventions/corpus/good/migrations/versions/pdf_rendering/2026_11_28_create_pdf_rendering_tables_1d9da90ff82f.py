"""Create pdf rendering tables.

Revision 1d9da90ff82f, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "1d9da90ff82f"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("pdf_rendering",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "pdf_renderings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state IN ('queued', 'done', 'failed')", name=op.f("ck_pdf_renderings_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_pdf_renderings_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pdf_renderings")),
    )
    op.create_index(
        op.f("ix_pdf_renderings_owner_id"), "pdf_renderings", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_pdf_renderings_owner_id_queued_at_id"),
        "pdf_renderings",
        ["owner_id", "queued_at", "id"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_pdf_renderings_owner_id_queued_at_id"), table_name="pdf_renderings")
    op.drop_index(op.f("ix_pdf_renderings_owner_id"), table_name="pdf_renderings")
    op.drop_table("pdf_renderings")
