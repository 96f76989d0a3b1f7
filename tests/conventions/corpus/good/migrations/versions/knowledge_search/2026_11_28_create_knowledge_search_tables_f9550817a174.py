"""Create knowledge search tables.

Revision f9550817a174, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "f9550817a174"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("knowledge_search",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    # Of similar titles. It stays in `downgrade`: another feature may use it by then.
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_table(
        "knowledge_articles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.String(length=40)), nullable=False),
        sa.Column(
            "words",
            postgresql.TSVECTOR(),
            sa.Computed("to_tsvector('english', title || ' ' || text)", persisted=True),
            nullable=False,
        ),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_articles")),
        sa.UniqueConstraint("slug", name=op.f("uq_knowledge_articles_slug")),
    )
    op.create_index(
        op.f("ix_knowledge_articles_published_at_id"),
        "knowledge_articles",
        ["published_at", "id"],
        unique=False,
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.create_index(
        "ix_knowledge_articles_title_trgm",
        "knowledge_articles",
        ["title"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )
    op.create_index(
        op.f("ix_knowledge_articles_words"),
        "knowledge_articles",
        ["words"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_table(
        "knowledge_saved_searches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("terms", sa.String(length=200), nullable=False),
        sa.Column("last_article_id", sa.Uuid(), nullable=True),
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
            name=op.f("fk_knowledge_saved_searches_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_saved_searches")),
        sa.UniqueConstraint(
            "owner_id", "terms", name=op.f("uq_knowledge_saved_searches_owner_id_terms")
        ),
    )
    op.create_index(
        op.f("ix_knowledge_saved_searches_owner_id"),
        "knowledge_saved_searches",
        ["owner_id"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(
        op.f("ix_knowledge_saved_searches_owner_id"), table_name="knowledge_saved_searches"
    )
    op.drop_table("knowledge_saved_searches")
    op.drop_index(
        op.f("ix_knowledge_articles_words"), table_name="knowledge_articles", postgresql_using="gin"
    )
    op.drop_index(
        "ix_knowledge_articles_title_trgm",
        table_name="knowledge_articles",
        postgresql_using="gin",
        postgresql_ops={"title": "gin_trgm_ops"},
    )
    op.drop_index(
        op.f("ix_knowledge_articles_published_at_id"),
        table_name="knowledge_articles",
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )
    op.drop_table("knowledge_articles")
