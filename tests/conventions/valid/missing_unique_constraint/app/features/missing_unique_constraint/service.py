"""The search for berths."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import OwnerSession
from app.features.missing_unique_constraint.models import Berth, Boat, Harbour


async def find_harbour(session: AsyncSession, locode: str) -> Harbour | None:
    """Return the harbour with a code."""
    return (await session.scalars(select(Harbour).where(Harbour.locode == locode))).one_or_none()


async def any_named(session: AsyncSession, name: str) -> Harbour | None:
    """Return one of the harbours with a name."""
    return (await session.scalars(select(Harbour).where(Harbour.name == name).limit(1))).first()


async def count_named(session: AsyncSession, name: str) -> int:
    """Return the number of harbours with a name."""
    count = select(func.count(Harbour.id)).where(Harbour.name == name)
    return (await session.execute(count)).scalar_one()


async def berth_of(session: AsyncSession, harbour_id: UUID, number: int) -> Berth:
    """Return the berth with a number."""
    berth = select(Berth).where(Berth.harbour_id == harbour_id, Berth.number == number)
    return (await session.scalars(berth)).one()


async def berth_now(session: AsyncSession, ship: str) -> Berth | None:
    """Return the berth in which a ship is."""
    berth = select(Berth).where(Berth.ship == ship, Berth.left_at.is_(None))
    return (await session.scalars(berth)).one_or_none()


async def boat_named(session: OwnerSession, name: str) -> Boat | None:
    """Return the owner's boat with a name."""
    return (await session.scalars(select(Boat).where(Boat.name == name))).one_or_none()
