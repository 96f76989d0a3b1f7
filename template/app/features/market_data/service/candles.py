"""Services that read candles: of one symbol page by page, or of many symbols at once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, any_, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import Batch, Page, build_page, match_batch, paginate, select_page
from app.core.timing import timed
from app.features.market_data.errors import EmptyRange, SymbolNotFound
from app.features.market_data.models import Candle, Symbol
from app.features.market_data.schemas import CandleBatchQuery, CandleQuery, CandleRange
from app.features.market_data.service.symbols import SymbolRow, find_symbols, get_symbol

# A response holds thousands of candles: plain rows cost half as much as ORM objects.
CANDLES = select(
    Candle.symbol_id,
    Candle.open_time,
    Candle.open,
    Candle.high,
    Candle.low,
    Candle.close,
    Candle.volume,
)
CandleRow = Row[UUID, datetime, Decimal, Decimal, Decimal, Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class SymbolCandles:
    """The candles of one symbol, with the cursor of the next page if there is one."""

    symbol: str
    candles: list[CandleRow]
    next_cursor: str | None


async def list_candles(session: AsyncSession, ticker: str, query: CandleQuery) -> Page[CandleRow]:
    """Return one page of a symbol's candles, in two statements.

    Raises:
        EmptyRange: The start is not before the end.
        SymbolNotFound: No symbol has this ticker.
    """
    _check_range(query)
    symbol = await get_symbol(session, ticker)
    statement = CANDLES.where(Candle.symbol_id == symbol.id)
    return await paginate(session, statement, query, scope=ticker)


async def query_candles(session: AsyncSession, batch: CandleBatchQuery) -> Batch[SymbolCandles]:
    """Return the first candles of each symbol, in two statements for any number of symbols.

    Raises:
        EmptyRange: The start is not before the end.
    """
    _check_range(batch)
    query = batch.per_symbol()
    order = query.order()
    symbols = await find_symbols(session, batch.symbols)
    candles = await _first_candles(session, symbols.values(), query)
    found = {}
    for ticker, symbol in symbols.items():
        salt = query.cursor_salt(ticker)
        page = build_page(candles[symbol.id], limit=query.limit, order=order, salt=salt)
        found[ticker] = SymbolCandles(ticker, page.data, page.meta.next_cursor)
    return match_batch(batch.symbols, found, missing=SymbolNotFound())


def _check_range(time: CandleRange) -> None:
    if time.start is not None and time.end is not None and time.start >= time.end:
        raise EmptyRange


# The largest statement of this feature: its time is in the DEBUG log, from 200 ms on a warning.
@timed("first_candles", slow_ms=200)
async def _first_candles(
    session: AsyncSession, symbols: Iterable[SymbolRow], query: CandleQuery
) -> dict[UUID, list[CandleRow]]:
    """Return the rows of the first page of each symbol, by symbol id."""
    # LATERAL runs the subquery once a symbol, so that LIMIT counts for each of them and the
    # primary key serves each: one statement instead of one a symbol.
    first = select_page(CANDLES.where(Candle.symbol_id == Symbol.id), query).lateral()
    descending = query.order().descending
    statement = (
        select(first)
        .select_from(Symbol)
        .join(first, true())
        .where(Symbol.id == any_(literal([symbol.id for symbol in symbols], ARRAY(Uuid()))))
        .order_by(first.c.open_time.desc() if descending else first.c.open_time)
    )
    candles = defaultdict[UUID, list[CandleRow]](list)
    for candle in await session.execute(statement):
        candles[candle.symbol_id].append(candle)
    return candles
