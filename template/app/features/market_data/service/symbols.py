"""Services of symbols: list, create, read, change and delete."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Row, String, any_, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import Page, paginate
from app.features.market_data.errors import SymbolExists, SymbolNotFound
from app.features.market_data.models import Symbol
from app.features.market_data.schemas import SymbolIn, SymbolPatch, SymbolQuery

SymbolRow = Row[UUID, str, str, str, datetime, datetime]

# Built once, since most requests run them, and of columns: both halve the time of SQLAlchemy.
_SYMBOLS = select(
    Symbol.id,
    Symbol.ticker,
    Symbol.name,
    Symbol.currency,
    Symbol.created_at,
    Symbol.updated_at,
)
_BY_TICKER = _SYMBOLS.where(Symbol.ticker == bindparam("ticker"))
# One parameter of an array; IN has a parameter for each ticker, and a plan for each number of them.
_BY_TICKERS = _SYMBOLS.where(Symbol.ticker == any_(bindparam("tickers", type_=ARRAY(String))))


async def list_symbols(session: AsyncSession, query: SymbolQuery) -> Page[Symbol]:
    """Return one page of the symbols that match the query."""
    return await paginate(session, select(Symbol), query)


async def create_symbol(session: AsyncSession, new: SymbolIn) -> Symbol:
    """Store a symbol. Of concurrent requests for one ticker, the first succeeds.

    Raises:
        SymbolExists: The ticker is taken.
    """
    statement = (
        insert(Symbol)
        .values(**new.model_dump())
        .on_conflict_do_nothing(index_elements=[Symbol.ticker])
        .returning(Symbol)
    )
    symbol = await session.scalar(statement)
    if symbol is None:
        raise SymbolExists
    return symbol


async def get_symbol(session: AsyncSession, ticker: str) -> SymbolRow:
    """Return the symbol with this ticker.

    Raises:
        SymbolNotFound: No symbol has this ticker.
    """
    symbol = (await session.execute(_BY_TICKER, {"ticker": ticker})).one_or_none()
    if symbol is None:
        raise SymbolNotFound
    return symbol


async def find_symbols(session: AsyncSession, tickers: Sequence[str]) -> dict[str, SymbolRow]:
    """Return the existing symbols with these tickers, by ticker."""
    symbols = await session.execute(_BY_TICKERS, {"tickers": tickers})
    return {symbol.ticker: symbol for symbol in symbols}


async def lock_symbols(session: AsyncSession, tickers: Iterable[str]) -> dict[str, Symbol]:
    """Return the existing symbols with these tickers, locked against deletion until the commit."""
    statement = (
        select(Symbol).where(Symbol.ticker.in_(tickers)).with_for_update(read=True, key_share=True)
    )
    symbols = await session.scalars(statement)
    return {symbol.ticker: symbol for symbol in symbols}


async def change_symbol(session: AsyncSession, ticker: str, changes: SymbolPatch) -> Symbol:
    """Change the given fields of a symbol and return it.

    Raises:
        SymbolNotFound: No symbol has this ticker.
    """
    statement = (
        update(Symbol)
        .where(Symbol.ticker == ticker)
        .values(**changes.model_dump())
        .returning(Symbol)
    )
    symbol = await session.scalar(statement)
    if symbol is None:
        raise SymbolNotFound
    return symbol


async def delete_symbol(session: AsyncSession, ticker: str) -> None:
    """Delete a symbol; the database deletes its candles and alerts with it.

    Raises:
        SymbolNotFound: No symbol has this ticker.
    """
    statement = delete(Symbol).where(Symbol.ticker == ticker).returning(Symbol.id)
    if await session.scalar(statement) is None:
        raise SymbolNotFound
