"""The market summary: an aggregate over all symbols, cached because it is slow."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.cache import Cache
from app.features.market_data.intervals import Interval
from app.features.market_data.models import Candle, Symbol


@dataclass(frozen=True, slots=True)
class MarketSummary:
    """A summary of the newest daily candle of every symbol; see `MarketSummaryOut`."""

    symbols: int
    rising: int
    falling: int
    newest: datetime | None


# The statement looks up a candle for every symbol, so its time grows with the table. One response
# a minute is new enough; of the requests that miss it at the same time, one runs the statement.
SUMMARIES = Cache("market_summary", MarketSummary, ttl=60)


async def get_market_summary(session: AsyncSession) -> MarketSummary:
    """Return the summary, at most a minute old."""
    return await SUMMARIES.get(Interval.ONE_DAY, lambda: _summarize(session))


async def _summarize(session: AsyncSession) -> MarketSummary:
    newest = (
        select(Candle.open_time, Candle.open, Candle.close)
        .where(Candle.symbol_id == Symbol.id, Candle.interval == Interval.ONE_DAY)
        .order_by(Candle.open_time.desc())
        .limit(1)
        .lateral()
    )
    statement = (
        select(
            func.count().label("symbols"),
            func.count().filter(newest.c.close > newest.c.open).label("rising"),
            func.count().filter(newest.c.close < newest.c.open).label("falling"),
            func.max(newest.c.open_time).label("newest"),
        )
        .select_from(Symbol)
        .join(newest, true())
    )
    row = (await session.execute(statement)).one()
    return MarketSummary(row.symbols, row.rising, row.falling, row.newest)
