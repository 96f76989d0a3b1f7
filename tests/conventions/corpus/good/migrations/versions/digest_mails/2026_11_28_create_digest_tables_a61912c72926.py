"""Create digest tables.

Revision a61912c72926, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "a61912c72926"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("digest_mails",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "digest_articles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("teaser", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_articles")),
    )
    op.create_index(
        op.f("ix_digest_articles_published_at_id"),
        "digest_articles",
        ["published_at", "id"],
        unique=False,
    )
    op.create_table(
        "digest_followed_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("term", sa.String(length=60), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_digest_followed_terms_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_followed_terms")),
        sa.UniqueConstraint(
            "owner_id", "term", name=op.f("uq_digest_followed_terms_owner_id_term")
        ),
    )
    op.create_index(
        op.f("ix_digest_followed_terms_owner_id"),
        "digest_followed_terms",
        ["owner_id"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_digest_followed_terms_owner_id"), table_name="digest_followed_terms")
    op.drop_table("digest_followed_terms")
    op.drop_index(op.f("ix_digest_articles_published_at_id"), table_name="digest_articles")
    op.drop_table("digest_articles")
