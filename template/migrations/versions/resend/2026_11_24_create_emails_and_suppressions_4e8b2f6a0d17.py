"""Create emails, their events and the addresses that are not mailed any more.

Revision: 4e8b2f6a0d17, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "4e8b2f6a0d17"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("resend",)
depends_on: str | Sequence[str] | None = None

EMAILS = "resend_emails"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        EMAILS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("address_key", sa.String(254), nullable=False),
        sa.Column("subject", sa.String(998), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("resend_id", sa.String(100), nullable=True),
        sa.Column("error", sa.String(100), nullable=True),
        _time("state_at"),
        _time("created_at"),
        sa.CheckConstraint(
            "state IN ('queued', 'sent', 'delayed', 'delivered', 'failed', 'suppressed',"
            " 'bounced', 'complained')",
            name=op.f("ck_resend_emails_state_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resend_emails")),
        sa.UniqueConstraint("key", name=op.f("uq_resend_emails_key")),
        sa.UniqueConstraint("resend_id", name=op.f("uq_resend_emails_resend_id")),
    )
    op.create_index(op.f("ix_resend_emails_created_at_id"), EMAILS, ["created_at", "id"])
    for column in ("state", "kind", "address_key"):
        name = op.f(f"ix_resend_emails_{column}_created_at_id")
        op.create_index(name, EMAILS, [column, "created_at", "id"])
    op.create_table(
        "resend_events",
        sa.Column("id", sa.String(255), nullable=False),
        sa.Column("email_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        _time("created_at"),
        sa.ForeignKeyConstraint(
            ["email_id"],
            ["resend_emails.id"],
            name=op.f("fk_resend_events_email_id_resend_emails"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resend_events")),
    )
    op.create_index(op.f("ix_resend_events_email_id"), "resend_events", ["email_id"])
    op.create_table(
        "resend_suppressions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("address_key", sa.String(254), nullable=False),
        sa.Column("reason", sa.String(10), nullable=False),
        _time("created_at"),
        sa.CheckConstraint(
            "reason IN ('bounced', 'complained')", name=op.f("ck_resend_suppressions_reason_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resend_suppressions")),
        sa.UniqueConstraint("address_key", name=op.f("uq_resend_suppressions_address_key")),
    )
    op.create_index(
        op.f("ix_resend_suppressions_created_at_id"), "resend_suppressions", ["created_at", "id"]
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("resend_suppressions")
    op.drop_table("resend_events")
    op.drop_table(EMAILS)


def _time(name: str) -> sa.Column[object]:
    now = sa.func.now()
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=False)
