"""Keep events about messages that are not known yet, and follow Resend's suppression list.

Revision: 7c1f4ab3d820, after 4e8b2f6a0d17.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "7c1f4ab3d820"
down_revision: str | Sequence[str] | None = "4e8b2f6a0d17"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

EVENTS, SUPPRESSIONS = "resend_events", "resend_suppressions"
REASON_KNOWN = "ck_resend_suppressions_reason_known"


def upgrade() -> None:
    """Apply the changes of the models."""
    # conventions: ignore[unsafe-migration] the older version always writes it
    op.alter_column(EVENTS, "email_id", existing_type=sa.Uuid(), nullable=True)
    op.add_column(EVENTS, sa.Column("resend_id", sa.String(100), nullable=True))
    op.add_column(EVENTS, sa.Column("reason", sa.String(10), nullable=True))
    moment = sa.DateTime(timezone=True)
    op.add_column(
        SUPPRESSIONS,
        sa.Column("suppressed_at", moment, server_default=sa.func.now(), nullable=False),
    )
    op.add_column(SUPPRESSIONS, sa.Column("lifted_at", moment, nullable=True))
    _know_reasons("'bounced', 'complained', 'manual'")


def downgrade() -> None:
    """Undo `upgrade`."""
    op.execute(
        "DELETE FROM resend_suppressions WHERE reason = 'manual' OR suppressed_at <= lifted_at"
    )
    _know_reasons("'bounced', 'complained'")
    op.drop_column(SUPPRESSIONS, "lifted_at")
    op.drop_column(SUPPRESSIONS, "suppressed_at")
    op.execute("DELETE FROM resend_events WHERE email_id IS NULL")
    op.drop_column(EVENTS, "reason")
    op.drop_column(EVENTS, "resend_id")
    op.alter_column(EVENTS, "email_id", existing_type=sa.Uuid(), nullable=False)


def _know_reasons(reasons: str) -> None:
    # conventions: ignore[unsafe-migration] a wider one replaces it
    op.drop_constraint(op.f(REASON_KNOWN), SUPPRESSIONS, type_="check")
    op.create_check_constraint(
        op.f(REASON_KNOWN), SUPPRESSIONS, f"reason IN ({reasons})", postgresql_not_valid=True
    )
