"""The rules of trees."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.existence_by_rows.models import Nest

MOST = 9


async def can_be_cut(session: AsyncSession, tree_id: UUID) -> bool:
    """Return whether nobody lives in a tree."""
    return not await session.scalar(select(exists().where(Nest.tree_id == tree_id)))


async def is_known(session: AsyncSession, tree_id: UUID) -> bool:
    """Return whether a tree has a nest."""
    one = select(Nest.id).where(Nest.tree_id == tree_id).limit(1)
    return bool((await session.scalars(one)).all())


async def is_full(session: AsyncSession, tree_id: UUID) -> bool:
    """Return whether a tree has no room for another nest."""
    count = select(func.count(Nest.id)).where(Nest.tree_id == tree_id)
    return (await session.scalar(count) or 0) > MOST


async def birds(session: AsyncSession, tree_id: UUID) -> Sequence[str]:
    """Return the birds in a tree."""
    nests = (await session.scalars(select(Nest).where(Nest.tree_id == tree_id).limit(50))).all()
    if not nests:
        return ["none"]
    return [nest.bird for nest in nests]
