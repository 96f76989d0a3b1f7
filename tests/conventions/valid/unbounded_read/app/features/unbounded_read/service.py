"""The rules of leaves."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.api import ListQuery, Page, paginate
from app.features.unbounded_read.models import Leaf


MANY = 10


async def list_leaves(session: AsyncSession, query: ListQuery) -> Page[Leaf]:
    """Return one page of the leaves."""
    return await paginate(session, select(Leaf), query)


async def find_leaves(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Leaf]:
    """Return some leaves."""
    return (await session.scalars(select(Leaf).where(Leaf.id.in_(ids[:100])))).all()


async def find_red_leaf(session: AsyncSession) -> Leaf | None:
    """Return a red one, unless there are too many."""
    red = select(Leaf).where(Leaf.colour == "red")
    if (await session.scalar(select(func.count()).select_from(Leaf)) or 0) > MANY:
        return None
    return (await session.scalars(red.limit(1))).first()


async def find_any_leaf(session: AsyncSession) -> Leaf | None:
    """Return a red one, if there is no other."""
    result = await session.execute(select(Leaf).where(Leaf.colour == "red"))
    return result.scalars().first()


async def count_colours(session: AsyncSession) -> dict[str, int]:
    """Return how many leaves there are of each colour."""
    counts = select(Leaf.colour, func.count().label("count")).group_by(Leaf.colour)
    return {row.colour: row.count for row in await session.execute(counts)}
