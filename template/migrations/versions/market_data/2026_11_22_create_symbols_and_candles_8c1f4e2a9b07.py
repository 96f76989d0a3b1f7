"""Create symbols and candles.

Revision: 8c1f4e2a9b07, the first of its branch.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "8c1f4e2a9b07"
down_revision: str | Sequence[str] | None = None
branch_labels: str | Sequence[str] | None = ("market_data",)
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Apply the changes of the models."""
    op.create_table(
        "symbols",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticker", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.CheckConstraint(
            "ticker ~ '^[A-Z0-9][A-Z0-9.-]{0,15}$'", name=op.f("ck_symbols_ticker_form")
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_symbols_name_not_empty")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_symbols_currency_form")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_symbols")),
        sa.UniqueConstraint("ticker", name=op.f("uq_symbols_ticker")),
    )
    op.create_index(op.f("ix_symbols_created_at_id"), "symbols", ["created_at", "id"])
    op.create_index(op.f("ix_symbols_currency_ticker"), "symbols", ["currency", "ticker"])
    op.create_table(
        "candles",
        sa.Column("symbol_id", sa.Uuid(), nullable=False),
        sa.Column("interval", sa.String(3), nullable=False),
        sa.Column("open_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("open", sa.Numeric(20, 8), nullable=False),
        sa.Column("high", sa.Numeric(20, 8), nullable=False),
        sa.Column("low", sa.Numeric(20, 8), nullable=False),
        sa.Column("close", sa.Numeric(20, 8), nullable=False),
        sa.Column("volume", sa.Numeric(28, 8), nullable=False),
        sa.CheckConstraint(
            "interval IN ('1m', '5m', '15m', '1h', '4h', '1d', '1w')",
            name=op.f("ck_candles_interval_known"),
        ),
        sa.CheckConstraint("low > 0 AND high < 'NaN'", name=op.f("ck_candles_prices_positive")),
        sa.CheckConstraint("low <= LEAST(open, close)", name=op.f("ck_candles_low_lowest")),
        sa.CheckConstraint("high >= GREATEST(open, close)", name=op.f("ck_candles_high_highest")),
        sa.CheckConstraint(
            "volume >= 0 AND volume < 'NaN'", name=op.f("ck_candles_volume_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["symbol_id"],
            ["symbols.id"],
            name=op.f("fk_candles_symbol_id_symbols"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("symbol_id", "interval", "open_time", name=op.f("pk_candles")),
    )


def downgrade() -> None:
    """Undo `upgrade`."""
    op.drop_table("candles")
    op.drop_table("symbols")
