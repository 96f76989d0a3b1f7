"""Create audit trail tables.

Revision 86a4a135c4f5, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "86a4a135c4f5"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("audit_trail",)
depends_on: str | Sequence[str] | None = "e5a07c31d8b4"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "audit_seals",
        sa.Column("day", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_audit_seals")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("request_id", sa.String(length=128), nullable=True),
        sa.Column(
            "happened_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"],
            ["users.id"],
            name=op.f("fk_audit_entries_actor_id_users"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_actor_id"), "audit_entries", ["actor_id"], unique=False)
    op.create_index(
        op.f("ix_audit_entries_happened_at_id"),
        "audit_entries",
        ["happened_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_audit_entries_subject_id_happened_at_id"),
        "audit_entries",
        ["subject_id", "happened_at", "id"],
        unique=False,
    )
    op.create_table(
        "security_policies",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("password_days", sa.Integer(), nullable=False),
        sa.Column("requires_second_factor", sa.Boolean(), nullable=False),
        sa.Column("allowed_networks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("webhook_secret_version", sa.Integer(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["users.id"],
            name=op.f("fk_security_policies_account_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_security_policies")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("security_policies")
    op.drop_index(op.f("ix_audit_entries_subject_id_happened_at_id"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_happened_at_id"), table_name="audit_entries")
    op.drop_index(op.f("ix_audit_entries_actor_id"), table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_table("audit_seals")
