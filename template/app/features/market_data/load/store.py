"""Bulk storage of candles: COPY into a staging table, then merge in one statement."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any, cast

import asyncpg
from sqlalchemy import (
    BigInteger,
    Column,
    MetaData,
    Numeric,
    String,
    Table,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateTable, DropTable

from app.core.db import UtcDateTime
from app.features.market_data.intervals import Interval
from app.features.market_data.load.csv_rows import GoodRow
from app.features.market_data.models import Candle, Symbol
from app.features.market_data.service.candle_imports import VALUES, upsert_changed

CURRENCY = "USD"

_STAGING = Table(
    "loaded_candles",
    MetaData(),
    Column("line", BigInteger),
    Column("ticker", String),
    Column("open_time", UtcDateTime),
    *(Column(name, Numeric) for name in VALUES),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """The result of loading rows.

    Attributes:
        rows: The number of good rows.
        stored: The number of candles that were new or different.
        unchanged: The number of candles that were stored before, with the same values.
        repeated: The number of rows that a later row for the same candle replaced.
        new_symbols: The tickers of the symbols that were created.
    """

    rows: int
    stored: int
    unchanged: int
    repeated: int
    new_symbols: list[str]


async def store_rows(
    session: AsyncSession, rows: AsyncIterator[GoodRow], *, interval: Interval
) -> LoadResult:
    """Store rows as candles, and create the symbols that are missing.

    A new symbol has its ticker as name, and `CURRENCY`. Of two rows for the same candle, the
    later one counts.

    Args:
        session: The session; the caller commits.
        rows: The rows, consumed one by one.
        interval: The interval of the candles.
    """
    tickers: set[str] = set()
    await session.execute(CreateTable(_STAGING))
    copied = await _copy(session, rows, tickers)
    new_symbols = await _create_symbols(session, tickers)
    candles, stored = await _merge(session, interval)
    await session.execute(DropTable(_STAGING))
    return LoadResult(
        rows=copied,
        stored=stored,
        unchanged=candles - stored,
        repeated=copied - candles,
        new_symbols=new_symbols,
    )


async def _copy(session: AsyncSession, rows: AsyncIterator[GoodRow], tickers: set[str]) -> int:
    """Copy the rows to the staging table, collect their tickers, and return the row count."""
    copied = 0

    async def records() -> AsyncIterator[tuple[Any, ...]]:
        nonlocal copied
        async for row in rows:
            candle = row.candle
            tickers.add(candle.symbol)
            copied += 1
            prices = (candle.open, candle.high, candle.low, candle.close)
            yield (row.line, candle.symbol, candle.open_time, *prices, candle.volume)

    # COPY is no SQLAlchemy statement: the driver runs it, in the session's transaction.
    connection = await (await session.connection()).get_raw_connection()
    driver = cast("asyncpg.Connection", connection.driver_connection)
    await driver.copy_records_to_table(
        _STAGING.name, columns=_STAGING.columns.keys(), records=records()
    )
    return copied


async def _create_symbols(session: AsyncSession, tickers: Iterable[str]) -> list[str]:
    if not tickers:
        return []
    statement = (
        insert(Symbol)
        .on_conflict_do_nothing(index_elements=[Symbol.ticker])
        .returning(Symbol.ticker)
    )
    symbols = [
        {"ticker": ticker, "name": ticker, "currency": CURRENCY} for ticker in sorted(tickers)
    ]
    return sorted(await session.scalars(statement, symbols))


async def _merge(session: AsyncSession, interval: Interval) -> tuple[int, int]:
    """Return the number of distinct candles, and the number of those stored."""
    # DISTINCT ON keeps the first row of each candle, which is the last line of the file.
    row = _STAGING.columns
    latest = (
        select(Symbol.id, literal(interval), row.open_time, *(row[name] for name in VALUES))
        .join(Symbol, Symbol.ticker == row.ticker)
        .ext(distinct_on(Symbol.id, row.open_time))
        .order_by(Symbol.id, row.open_time, row.line.desc())
        .cte("latest")
    )
    stored = (
        upsert_changed(
            insert(Candle).from_select(
                ["symbol_id", "interval", "open_time", *VALUES], select(latest)
            )
        )
        .returning(Candle.symbol_id)
        .cte("stored")
    )
    counts = select(
        select(func.count()).select_from(latest).scalar_subquery(),
        select(func.count()).select_from(stored).scalar_subquery(),
    )
    candles, stored_candles = (await session.execute(counts)).one()
    return candles, stored_candles
