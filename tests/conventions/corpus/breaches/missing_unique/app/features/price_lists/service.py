"""Services of price lists."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.features.price_lists.models import ListPrice, Market, PriceList, VendorNotice


class MarketNotFound(NotFound):
    """No market has this code."""

    code = "market_not_found"
    message = "No market has this code."


async def get_market(session: AsyncSession, code: str) -> Market:
    """Return the market with a code.

    Raises:
        MarketNotFound: No market has this code.
    """
    found = await session.execute(select(Market).where(Market.code == code))
    market = found.scalar_one_or_none()
    if market is None:
        raise MarketNotFound
    return market


async def get_list(session: AsyncSession, market: Market, version: int) -> PriceList | None:
    """Return a version of a market's price list."""
    of_market = select(PriceList).where(
        PriceList.market_id == market.id, PriceList.version == version
    )
    return (await session.scalars(of_market)).one_or_none()


async def price_of(session: AsyncSession, list_id: UUID, product_code: str) -> Decimal | None:
    """Return the price of a product in a list."""
    price = select(ListPrice.amount).where(
        ListPrice.list_id == list_id, ListPrice.product_code == product_code
    )
    return (await session.execute(price)).scalar_one_or_none()


async def was_received(session: AsyncSession, external_id: str) -> bool:
    """Return whether a notice of the price service was stored before."""
    by_external_id = select(VendorNotice.id).where(VendorNotice.external_id == external_id)
    return (await session.scalars(by_external_id)).one_or_none() is not None
