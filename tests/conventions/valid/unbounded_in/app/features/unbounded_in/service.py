"""The flights of bees."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import any_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.unbounded_in.models import Bee, Flight

COLOURS = ("black", "yellow")


async def forget(session: AsyncSession, gone: list[UUID]) -> None:
    """Delete the flights of the bees that are gone."""
    for start in range(0, len(gone), 1000):
        some = gone[start : start + 1000]
        await session.execute(delete(Flight).where(Flight.bee_id.in_(some)))
    await session.execute(delete(Flight).where(Flight.bee_id == any_(gone)))


async def forget_unknown(session: AsyncSession) -> None:
    """Delete the flights of unknown bees."""
    await session.execute(delete(Flight).where(Flight.bee_id.not_in(select(Bee.id))))


async def count_flights(session: AsyncSession, ids: Sequence[UUID]) -> int:
    """Return the number of flights of up to a hundred bees."""
    newest = await session.scalars(select(Bee.id).order_by(Bee.id.desc()).limit(10))
    flights = select(func.count(Flight.id)).join(Bee, Bee.id == Flight.bee_id)
    chosen = flights.where(Flight.bee_id.in_([*ids[:100]]), Flight.bee_id.in_(newest.all()))
    return await session.scalar(chosen.where(Bee.colour.in_(COLOURS))) or 0
