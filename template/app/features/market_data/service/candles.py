"""Reading candles: of one symbol page by page, or of many at once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Row, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import Batch, Page, build_page, match_batch, select_page
from app.features.market_data.errors import EmptyRange, SymbolNotFound
from app.features.market_data.models import Candle, Symbol
from app.features.market_data.schemas import CandleBatchQuery, CandleQuery, CandleRange
from app.features.market_data.service.symbols import find_symbols, get_symbol

# Thousands of them in one answer: as plain rows they cost half of what entities would.
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
    """The candles of one symbol, with a cursor if there are more."""

    symbol: str
    candles: list[CandleRow]
    next_cursor: str | None


async def list_candles(session: AsyncSession, ticker: str, query: CandleQuery) -> Page[CandleRow]:
    """Return one page of a symbol's candles, in two statements.

    Raises:
        EmptyRange: It does not start before it ends.
        SymbolNotFound: There is no symbol with this ticker.
    """
    _refuse_empty(query)
    symbol = await get_symbol(session, ticker)
    statement = CANDLES.where(Candle.symbol_id == symbol.id)
    rows = await session.execute(select_page(statement, query, scope=ticker))
    return _cut(list(rows), ticker, query)


async def read_candles(session: AsyncSession, batch: CandleBatchQuery) -> Batch[SymbolCandles]:
    """Return the first candles of each symbol, in two statements whatever the number of symbols.

    Raises:
        EmptyRange: It does not start before it ends.
    """
    _refuse_empty(batch)
    query = batch.of_one()
    symbols = await find_symbols(session, batch.symbols)
    candles = await _first_candles(session, symbols.values(), query)
    found = {}
    for ticker, symbol in symbols.items():
        page = _cut(candles[symbol.id], ticker, query)
        found[ticker] = SymbolCandles(ticker, page.data, page.meta.next_cursor)
    return match_batch(batch.symbols, found, missing=SymbolNotFound())


def _refuse_empty(time: CandleRange) -> None:
    if time.start is not None and time.end is not None and time.start >= time.end:
        raise EmptyRange


async def _first_candles(
    session: AsyncSession, symbols: Iterable[Symbol], query: CandleQuery
) -> dict[UUID, list[CandleRow]]:
    """Return the rows of the first page of each symbol, by the symbol's id."""
    first = select_page(CANDLES.where(Candle.symbol_id == Symbol.id), query).lateral()
    descending = query.order().descending
    statement = (
        select(first)
        .select_from(Symbol)
        .join(first, true())
        .where(Symbol.id.in_([symbol.id for symbol in symbols]))
        .order_by(first.c.open_time.desc() if descending else first.c.open_time)
    )
    candles = defaultdict[UUID, list[CandleRow]](list)
    for candle in await session.execute(statement):
        candles[candle.symbol_id].append(candle)
    return candles


def _cut(rows: list[CandleRow], ticker: str, query: CandleQuery) -> Page[CandleRow]:
    salt = query.cursor_salt(ticker)
    return build_page(rows, limit=query.limit, order=query.order(), salt=salt)
