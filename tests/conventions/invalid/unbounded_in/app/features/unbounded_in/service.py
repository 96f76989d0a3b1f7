"""The flights of bees."""

from collections.abc import AsyncIterator
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db.batches import read_in_batches
from app.features.unbounded_in.models import Bee, Flight


async def _known() -> AsyncIterator[UUID]:
    async for bee in read_in_batches(select(Bee), key=Bee.id):
        yield bee.id


async def forget(session: AsyncSession, gone: list[UUID]) -> None:
    """Delete the flights of the bees that are gone."""
    # violates: unbounded-in
    await session.execute(delete(Flight).where(Flight.bee_id.in_(set(gone))))


async def forget_unknown(session: AsyncSession) -> None:
    """Delete the flights of unknown bees."""
    known = [bee_id async for bee_id in _known()]
    unknown = delete(Flight).where(Flight.bee_id.not_in(known))  # violates: unbounded-in
    await session.execute(unknown)


async def count_flights(session: AsyncSession, colour: str) -> int:
    """Return the number of flights of bees of a colour."""
    bees = select(Bee).where(Bee.colour == colour)
    found = await session.scalars(bees)  # violates: unbounded-read
    ids = [bee.id for bee in found]
    flights = select(func.count(Flight.id)).where(Flight.bee_id.in_(ids))  # violates: unbounded-in
    return await session.scalar(flights) or 0
