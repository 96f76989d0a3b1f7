"""Create support desk tables.

Revision ce96b414e50a, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "ce96b414e50a"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("support_desk",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "support_labels",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_labels")),
        sa.UniqueConstraint("word", name=op.f("uq_support_labels_word")),
    )
    op.create_table(
        "support_tickets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "urgency BETWEEN 1 AND 4", name=op.f("ck_support_tickets_urgency_known")
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"],
            ["users.id"],
            name=op.f("fk_support_tickets_assignee_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"],
            ["users.id"],
            name=op.f("fk_support_tickets_owner_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_tickets")),
    )
    op.create_index(
        op.f("ix_support_tickets_assignee_id_created_at_id"),
        "support_tickets",
        ["assignee_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_support_tickets_owner_id"), "support_tickets", ["owner_id"], unique=False
    )
    op.create_index(
        op.f("ix_support_tickets_owner_id_created_at_id"),
        "support_tickets",
        ["owner_id", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "support_ticket_labels",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("label_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["label_id"],
            ["support_labels.id"],
            name=op.f("fk_support_ticket_labels_label_id_support_labels"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["support_tickets.id"],
            name=op.f("fk_support_ticket_labels_ticket_id_support_tickets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ticket_id", "label_id", name=op.f("pk_support_ticket_labels")),
    )
    op.create_index(
        op.f("ix_support_ticket_labels_label_id"), "support_ticket_labels", ["label_id"]
    )
    op.create_table(
        "support_replies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["users.id"],
            name=op.f("fk_support_replies_author_id_users"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["support_tickets.id"],
            name=op.f("fk_support_replies_ticket_id_support_tickets"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_replies")),
    )
    op.create_index(
        op.f("ix_support_replies_author_id"), "support_replies", ["author_id"], unique=False
    )
    op.create_index(
        op.f("ix_support_replies_ticket_id_created_at"),
        "support_replies",
        ["ticket_id", "created_at"],
        unique=False,
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_index(op.f("ix_support_ticket_labels_label_id"), table_name="support_ticket_labels")
    op.drop_table("support_ticket_labels")
    op.drop_index(op.f("ix_support_replies_ticket_id_created_at"), table_name="support_replies")
    op.drop_index(op.f("ix_support_replies_author_id"), table_name="support_replies")
    op.drop_table("support_replies")
    op.drop_index(op.f("ix_support_tickets_owner_id_created_at_id"), table_name="support_tickets")
    op.drop_index(op.f("ix_support_tickets_owner_id"), table_name="support_tickets")
    op.drop_index(
        op.f("ix_support_tickets_assignee_id_created_at_id"), table_name="support_tickets"
    )
    op.drop_table("support_tickets")
    op.drop_table("support_labels")
