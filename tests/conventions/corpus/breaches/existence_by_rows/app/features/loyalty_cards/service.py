"""Services of loyalty cards."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.loyalty_cards.models import PointBooking
from app.features.loyalty_cards.repository import BookingRepository, count_cards


async def can_delete(session: AsyncSession, card_id: UUID) -> bool:
    """Return whether a card may be deleted: it has never been used."""
    bookings = BookingRepository(session)
    return await bookings.number_of(card_id) == 0  # breach: existence-by-rows


async def offers_cards(session: AsyncSession, shop_code: str) -> bool:
    """Return whether a shop has issued cards."""
    issued = await count_cards(session, shop_code)
    return issued > 0  # breach: existence-by-rows


async def was_booked(session: AsyncSession, card_id: UUID, reference: str) -> bool:
    """Return whether a purchase was booked on a card."""
    booked = select(PointBooking).where(
        PointBooking.card_id == card_id, PointBooking.reference == reference
    )
    return len((await session.scalars(booked)).all()) > 0  # breach: existence-by-rows


async def has_redeemed(session: AsyncSession, card_id: UUID) -> bool:
    """Return whether points of a card were ever redeemed."""
    result = await session.scalars(
        select(PointBooking.points).where(PointBooking.card_id == card_id).limit(1000)
    )
    return any(points < 0 for points in result)  # breach: existence-by-rows


async def purchase_is_known(session: AsyncSession, card_id: UUID, reference: str) -> bool:
    """Return whether a purchase was booked on a card before."""
    statement = select(func.count("*")).where(
        PointBooking.card_id == card_id, PointBooking.reference == reference
    )
    # breach: existence-by-rows
    return bool((await session.execute(statement)).scalar_one())
