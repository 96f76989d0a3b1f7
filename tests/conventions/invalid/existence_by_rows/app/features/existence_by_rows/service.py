"""The rules of trees."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.existence_by_rows.models import Nest


def _nests(tree_id: UUID) -> Select[Nest]:
    return select(Nest).where(Nest.tree_id == tree_id).limit(100)


async def _number(session: AsyncSession, tree_id: UUID) -> int:
    count = select(func.count(Nest.id)).where(Nest.tree_id == tree_id)
    return (await session.execute(count)).scalar_one()


async def _birds(session: AsyncSession, tree_id: UUID) -> Sequence[Nest]:
    return (await session.scalars(_nests(tree_id))).all()


async def can_be_cut(session: AsyncSession, tree_id: UUID) -> bool:
    """Return whether nobody lives in a tree."""
    number = await _number(session, tree_id)
    return not number  # violates: existence-by-rows


async def is_quiet(session: AsyncSession, tree_id: UUID) -> str:
    """Return a word about a tree."""
    if await _birds(session, tree_id):  # violates: existence-by-rows
        return "loud"
    return "quiet"


async def has_crow(session: AsyncSession, tree_id: UUID) -> bool:
    """Return whether a crow lives in a tree."""
    nests = (await session.execute(_nests(tree_id))).scalars().all()
    return len(nests) >= 1  # violates: existence-by-rows
