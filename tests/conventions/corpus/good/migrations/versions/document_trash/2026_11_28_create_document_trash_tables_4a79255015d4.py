"""Create document trash tables.

Revision 4a79255015d4, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "4a79255015d4"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("document_trash",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "document_audits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column(
            "happened_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["users.id"],
            name=op.f("fk_document_audits_actor_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_audits")),
    )
    op.create_index(
        op.f("ix_document_audits_actor_id"), "document_audits", ["actor_id"], unique=False
    )
    op.create_index(
        op.f("ix_document_audits_document_id_happened_at"),
        "document_audits",
        ["document_id", "happened_at"],
        unique=False,
    )
    op.create_table(
        "trashable_documents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("folder", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_trashable_documents_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trashable_documents")),
    )
    op.create_index(
        op.f("ix_trashable_documents_deleted_at"),
        "trashable_documents",
        ["deleted_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_trashable_documents_owner_id"), "trashable_documents", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_trashable_documents_owner_id_folder_title"),
        "trashable_documents",
        ["owner_id", "folder", "title"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        op.f("ix_trashable_documents_owner_id_updated_at_id"),
        "trashable_documents",
        ["owner_id", "updated_at", "id"],
        unique=False,
    )
    op.create_table(
        "document_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["document_id"],
            ["trashable_documents.id"],
            name=op.f("fk_document_versions_document_id_trashable_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_versions")),
        sa.UniqueConstraint(
            "document_id", "number", name=op.f("uq_document_versions_document_id_number")
        ),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("document_versions")
    op.drop_index(
        op.f("ix_trashable_documents_owner_id_updated_at_id"), table_name="trashable_documents"
    )
    op.drop_index(
        op.f("ix_trashable_documents_owner_id_folder_title"),
        table_name="trashable_documents",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_index(op.f("ix_trashable_documents_owner_id"), table_name="trashable_documents")
    op.drop_index(op.f("ix_trashable_documents_deleted_at"), table_name="trashable_documents")
    op.drop_table("trashable_documents")
    op.drop_index(op.f("ix_document_audits_document_id_happened_at"), table_name="document_audits")
    op.drop_index(op.f("ix_document_audits_actor_id"), table_name="document_audits")
    op.drop_table("document_audits")
