"""Services of the stock watch."""

from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import AsyncSessionLocal
from app.core.services import get
from app.features.stock_watch.models import StockLevel
from app.features.stock_watch.watch import WARNINGS, StockWatch


async def read_pieces(warehouse: str, article: str) -> int:
    """Return the pieces of an article in a warehouse."""
    return await get(StockWatch).pieces(warehouse, article)


async def warn(session: AsyncSession, warehouse: str) -> set[str]:
    """Return the articles that run out."""
    WARNINGS.attach(session)
    return await WARNINGS.check(warehouse)


@lru_cache(maxsize=1)
def shared_session() -> AsyncSession:
    """Return the session of the nightly comparison."""
    return AsyncSessionLocal()  # breach: session-kept


async def compare(warehouse: str) -> int:
    """Return the number of articles that are out of stock."""
    empty = select(func.count()).where(StockLevel.warehouse == warehouse, StockLevel.pieces == 0)
    return await shared_session().scalar(empty) or 0
