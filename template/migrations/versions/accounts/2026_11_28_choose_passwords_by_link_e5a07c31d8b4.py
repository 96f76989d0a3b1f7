"""Let a user have several links and no password yet, and remember devices.

Revision: e5a07c31d8b4, after 3f6a1d80c2e5. The indexes are created outside a transaction; what
precedes them can be repeated, and what follows is one transaction.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "e5a07c31d8b4"
down_revision: str | Sequence[str] | None = "3f6a1d80c2e5"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TOKENS, CHECK = "account_tokens", "ck_account_tokens_purpose_known"
KEY, USER = "pk_account_tokens_by_hash", "ix_account_tokens_user_id"


def upgrade() -> None:
    """Apply the changes of the models."""
    # conventions: ignore[unsafe-migration] a wider one replaces it
    op.drop_constraint(op.f(CHECK), TOKENS, if_exists=True)
    op.create_check_constraint(
        op.f(CHECK),
        TOKENS,
        "purpose IN ('verify_address', 'change_address', 'reset_password')",
        postgresql_not_valid=True,
    )
    with op.get_context().autocommit_block():
        # An attempt that failed half-way leaves an invalid index.
        for name, column, unique in ((KEY, "token_hash", True), (USER, "user_id", False)):
            op.drop_index(op.f(name), TOKENS, if_exists=True, postgresql_concurrently=True)
            op.create_index(
                op.f(name), TOKENS, [column], unique=unique, postgresql_concurrently=True
            )
    op.execute("ALTER TABLE account_tokens VALIDATE CONSTRAINT ck_account_tokens_purpose_known")
    # conventions: ignore[unsafe-migration] the unique hash replaces it
    op.drop_constraint(op.f("pk_account_tokens"), TOKENS)
    # conventions: ignore[unsafe-migration] the unique hash replaces it
    op.drop_constraint(op.f("uq_account_tokens_token_hash"), TOKENS)
    op.execute(
        "ALTER TABLE account_tokens ADD CONSTRAINT pk_account_tokens"
        " PRIMARY KEY USING INDEX pk_account_tokens_by_hash"
    )
    # conventions: ignore[unsafe-migration] an older version reads a missing hash as no password
    op.alter_column("users", "password_hash", nullable=True)
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


def downgrade() -> None:
    """Undo `upgrade`; links that were sent become invalid."""
    op.drop_table("known_devices")
    op.execute("UPDATE users SET password_hash = '' WHERE password_hash IS NULL")
    op.alter_column("users", "password_hash", nullable=False)
    op.execute("DELETE FROM account_tokens WHERE true")
    op.drop_index(op.f(USER), TOKENS)
    op.drop_constraint(op.f("pk_account_tokens"), TOKENS)
    op.create_primary_key(op.f("pk_account_tokens"), TOKENS, ["user_id", "purpose"])
    op.create_unique_constraint(op.f("uq_account_tokens_token_hash"), TOKENS, ["token_hash"])
    op.drop_constraint(op.f(CHECK), TOKENS)
    op.create_check_constraint(
        op.f(CHECK), TOKENS, "purpose IN ('verify_address', 'reset_password')"
    )
