"""The rules of leaves."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.unbounded_read.models import Leaf


async def read_leaves(session: AsyncSession) -> Sequence[Leaf]:
    """Return all leaves."""
    return (await session.scalars(select(Leaf))).all()  # violates: unbounded-read


async def read_red_leaves(session: AsyncSession) -> list[Leaf]:
    """Return the red ones."""
    red = select(Leaf).where(Leaf.colour == "red")
    return list(await session.scalars(red))  # violates: unbounded-read
