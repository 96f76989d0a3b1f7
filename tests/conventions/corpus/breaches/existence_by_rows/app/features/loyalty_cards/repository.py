"""Statements on loyalty cards."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.loyalty_cards.models import LoyaltyCard, PointBooking


class BookingRepository:
    """The bookings of cards, in the session of one request."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request."""
        self._session = session

    async def of_card(self, card_id: UUID) -> Sequence[PointBooking]:
        """Return the newest bookings of a card."""
        statement = (
            select(PointBooking)
            .where(PointBooking.card_id == card_id)
            .order_by(PointBooking.id.desc())
            .limit(500)
        )
        return (await self._session.scalars(statement)).all()

    async def number_of(self, card_id: UUID) -> int:
        """Return the number of bookings of a card, for its statement."""
        count = select(func.count(PointBooking.id)).where(PointBooking.card_id == card_id)
        return await self._session.scalar(count) or 0

    async def is_unused(self, card_id: UUID) -> bool:
        """Return whether a card has no bookings."""
        return not await self.of_card(card_id)  # breach: existence-by-rows


async def count_cards(session: AsyncSession, shop_code: str) -> int:
    """Return the number of cards of a shop."""
    statement = (
        select(func.count()).select_from(LoyaltyCard).where(LoyaltyCard.shop_code == shop_code)
    )
    return await session.scalar(statement) or 0
