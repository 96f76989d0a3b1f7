"""The rules of trees."""

from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.query_in_loop.models import Tree


async def find_trees(session: AsyncSession, ids: Sequence[UUID]) -> dict[str, UUID]:
    """Return some trees by their kinds."""
    wanted = select(Tree).where(Tree.id.in_(ids[:100]))
    found = {tree.kind: tree.id for tree in await session.scalars(wanted)}
    for tree in await session.scalars(wanted):
        found.setdefault(tree.kind, tree.id)
    return found


async def read_trees(session: AsyncSession) -> AsyncIterator[Tree]:
    """Yield every tree, a thousand at a time."""
    after = UUID(int=0)
    while True:
        page = select(Tree).where(Tree.id > after).order_by(Tree.id).limit(1000)
        trees = (await session.scalars(page)).all()
        for tree in trees:
            yield tree
        if not trees:
            return
        after = trees[-1].id
