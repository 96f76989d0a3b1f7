"""Create site pages tables.

Revision b8906538970b, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "b8906538970b"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("site_pages",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "edited_sites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("domain", sa.String(length=120), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edited_sites")),
        sa.UniqueConstraint("domain", name=op.f("uq_edited_sites_domain")),
    )
    op.create_table(
        "edited_site_editors",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["edited_sites.id"],
            name=op.f("fk_edited_site_editors_site_id_edited_sites"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_edited_site_editors_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site_id", "user_id", name=op.f("pk_edited_site_editors")),
    )
    op.create_index(
        op.f("ix_edited_site_editors_user_id_site_id"),
        "edited_site_editors",
        ["user_id", "site_id"],
        unique=True,
    )
    op.create_table(
        "edited_site_pages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("template_id", sa.Uuid(), nullable=True),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["site_id"],
            ["edited_sites.id"],
            name=op.f("fk_edited_site_pages_site_id_edited_sites"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["template_id"],
            ["edited_site_pages.id"],
            name=op.f("fk_edited_site_pages_template_id_edited_site_pages"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edited_site_pages")),
    )
    op.create_index(
        op.f("ix_edited_site_pages_site_id_path"),
        "edited_site_pages",
        ["site_id", "path"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        op.f("ix_edited_site_pages_site_id_updated_at_id"),
        "edited_site_pages",
        ["site_id", "updated_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_edited_site_pages_template_id"), "edited_site_pages", ["template_id"], unique=False
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_edited_site_pages_template_id"), table_name="edited_site_pages")
    op.drop_index(
        op.f("ix_edited_site_pages_site_id_updated_at_id"), table_name="edited_site_pages"
    )
    op.drop_index(
        op.f("ix_edited_site_pages_site_id_path"),
        table_name="edited_site_pages",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_table("edited_site_pages")
    op.drop_index(op.f("ix_edited_site_editors_user_id_site_id"), table_name="edited_site_editors")
    op.drop_table("edited_site_editors")
    op.drop_table("edited_sites")
