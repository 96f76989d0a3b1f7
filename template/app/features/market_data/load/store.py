"""Storing many candles fast: COPY them aside, then merge them in one statement."""

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
from app.features.market_data.service.candle_imports import VALUES, replace_if_different

CURRENCY = "USD"

_LOADED = Table(
    "loaded_candles",
    MetaData(),
    Column("line", BigInteger),
    Column("ticker", String),
    Column("open_time", UtcDateTime),
    *(Column(name, Numeric) for name in VALUES),
    prefixes=["TEMPORARY"],
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What came of the rows.

    Attributes:
        rows: How many there were.
        stored: Candles that were not there yet, or differently.
        unchanged: Candles that were there already, the same.
        repeated: Rows that a later row for the same candle replaced.
        new_symbols: The tickers of the symbols that were created for them.
    """

    rows: int
    stored: int
    unchanged: int
    repeated: int
    new_symbols: list[str]


async def store_rows(
    session: AsyncSession, rows: AsyncIterator[GoodRow], *, interval: Interval
) -> Loaded:
    """Store rows as candles, and the symbols that they need.

    A symbol that is not there yet is named by its ticker, with `CURRENCY`. Where two rows are for
    the same candle, the later one counts.

    Args:
        session: Nothing is kept unless its transaction is committed.
        rows: Read as they come, never held all at once.
        interval: The interval of the candles.
    """
    tickers: set[str] = set()
    await session.execute(CreateTable(_LOADED))
    copied = await _copy(session, rows, tickers)
    new_symbols = await _create_symbols(session, tickers)
    candles, stored = await _merge(session, interval)
    await session.execute(DropTable(_LOADED))
    return Loaded(
        rows=copied,
        stored=stored,
        unchanged=candles - stored,
        repeated=copied - candles,
        new_symbols=new_symbols,
    )


async def _copy(session: AsyncSession, rows: AsyncIterator[GoodRow], tickers: set[str]) -> int:
    """Copy the rows aside, note their tickers, and return how many there were."""
    copied = 0

    async def records() -> AsyncIterator[tuple[Any, ...]]:
        nonlocal copied
        async for row in rows:
            candle = row.candle
            tickers.add(candle.symbol)
            copied += 1
            prices = (candle.open, candle.high, candle.low, candle.close)
            yield (row.line, candle.symbol, candle.open_time, *prices, candle.volume)

    connection = await (await session.connection()).get_raw_connection()
    driver = cast("asyncpg.Connection", connection.driver_connection)
    await driver.copy_records_to_table(
        _LOADED.name, columns=_LOADED.columns.keys(), records=records()
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
    """Return how many candles the rows hold, and how many of them were stored."""
    row = _LOADED.columns
    latest = (
        select(Symbol.id, literal(interval), row.open_time, *(row[name] for name in VALUES))
        .join(Symbol, Symbol.ticker == row.ticker)
        .ext(distinct_on(Symbol.id, row.open_time))
        .order_by(Symbol.id, row.open_time, row.line.desc())
        .cte("latest")
    )
    stored = (
        replace_if_different(
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
