"""The watch: one object for the whole service, made when the service starts."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import AsyncSessionLocal
from app.features.stock_watch.models import StockLevel


class StockWatch:
    """Reads the levels of articles for all requests."""

    def __init__(self) -> None:
        """Open the session that the watch reads with."""
        self._session: AsyncSession = AsyncSessionLocal()  # breach: session-kept

    async def pieces(self, warehouse: str, article: str) -> int:
        """Return the pieces of an article in a warehouse."""
        level = select(StockLevel.pieces).where(
            StockLevel.warehouse == warehouse, StockLevel.article == article
        )
        return await self._session.scalar(level) or 0


class Warnings:
    """Collects the articles that run out, for the hourly warning."""

    def __init__(self) -> None:
        """Start with no session; the first request brings one."""
        self._session: AsyncSession | None = None
        self._articles: set[str] = set()

    def attach(self, session: AsyncSession) -> None:
        """Use the session of the first request for all that follow."""
        self._session = self._session or session  # breach: session-kept

    async def check(self, warehouse: str) -> set[str]:
        """Return the articles of a warehouse that run out."""
        if self._session is None:
            return set()
        low = (
            select(StockLevel.article)
            .where(StockLevel.warehouse == warehouse, StockLevel.pieces < 10)
            .limit(1000)
        )
        self._articles = set(await self._session.scalars(low))
        return self._articles


WARNINGS = Warnings()  # also: session-kept
