"""Statements of the overview."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.portfolio_overview.models import Fund, FundOrder, Holding


class FundFigures:
    """The figures of one fund, in the session of one request."""

    def __init__(self, session: AsyncSession, fund_id: UUID) -> None:
        """Take the session of the request, and the fund."""
        self._session = session
        self._fund_id = fund_id

    async def invested(self) -> Decimal:
        """Return the value of the holdings."""
        value = select(func.sum(Holding.market_value)).where(Holding.fund_id == self._fund_id)
        return await self._session.scalar(value) or Decimal(0)

    async def open_orders(self) -> int:
        """Return the number of orders that are not executed."""
        count = select(func.count()).where(
            FundOrder.fund_id == self._fund_id, FundOrder.state == "open"
        )
        return await self._session.scalar(count) or 0

    async def cash(self) -> Decimal:
        """Return the money that is not invested."""
        cash = select(Fund.cash).where(Fund.id == self._fund_id)
        return await self._session.scalar(cash) or Decimal(0)
