"""Let a user have several links and no password yet, and remember devices.

Revision: e5a07c31d8b4, after b1d94e7f2a63.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "e5a07c31d8b4"
down_revision: str | Sequence[str] | None = "b1d94e7f2a63"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TOKENS = "account_tokens"


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "known_devices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_known_devices_user_id_users"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_known_devices")),
    )
    op.alter_column("users", "password_hash", nullable=True)
    op.execute(
        sa.text("ALTER TABLE account_tokens VALIDATE CONSTRAINT ck_account_tokens_purpose_known")
    )
    op.drop_constraint(op.f("pk_account_tokens"), TOKENS)
    op.execute(
        sa.text(
            "ALTER TABLE account_tokens ADD CONSTRAINT pk_account_tokens"
            " PRIMARY KEY USING INDEX uq_account_tokens_key"
        )
    )
    op.drop_constraint(op.f("uq_account_tokens_token_hash"), TOKENS)


def downgrade() -> None:
    """Undo `upgrade`; links that were sent become invalid."""
    op.execute(sa.text("DELETE FROM account_tokens"))
    op.drop_constraint(op.f("pk_account_tokens"), TOKENS)
    op.create_primary_key(op.f("pk_account_tokens"), TOKENS, ["user_id", "purpose"])
    op.create_unique_constraint(op.f("uq_account_tokens_token_hash"), TOKENS, ["token_hash"])
    op.execute(sa.text("UPDATE users SET password_hash = '' WHERE password_hash IS NULL"))
    op.alter_column("users", "password_hash", nullable=False)
    op.drop_table("known_devices")
