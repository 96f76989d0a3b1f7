"""Services of seat maps."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.seat_maps.models import Airline, AirlineSetting, SeatHold


async def find_airline(session: AsyncSession, slug: str) -> Airline | None:
    """Return the airline with a page."""
    by_slug = await session.execute(select(Airline).filter_by(slug=slug))
    return by_slug.scalars().one_or_none()


async def theme_of(session: AsyncSession, airline_id: UUID) -> str:
    """Return the theme of an airline's pages."""
    theme = select(AirlineSetting.theme).where(AirlineSetting.airline_id == airline_id)
    return (await session.execute(theme)).scalar_one()


async def passenger_in(session: AsyncSession, flight: str, seat: str) -> str | None:
    """Return who sits in a seat."""
    holder = select(SeatHold.passenger).where(
        SeatHold.flight_number == flight, SeatHold.seat == seat
    )
    return (await session.scalars(holder)).one_or_none()
