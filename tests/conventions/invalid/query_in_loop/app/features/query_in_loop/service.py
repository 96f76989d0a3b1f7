"""The rules of trees."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.query_in_loop.models import Tree


async def find_trees(session: AsyncSession, ids: Sequence[UUID]) -> list[Tree]:
    """Return some trees."""
    found: dict[UUID, Tree] = {}
    for tree_id in ids:
        tree = await session.get(Tree, tree_id)  # violates: query-in-loop
        if tree is not None:
            found[tree_id] = tree
    return list(found.values())


async def find_kinds(session: AsyncSession, kinds: Sequence[str]) -> list[Tree | None]:
    """Return the tree of each kind."""
    return [await find_kind(session, kind) for kind in kinds]  # violates: query-in-loop


async def find_kind(session: AsyncSession, kind: str) -> Tree | None:
    """Return the tree of a kind."""
    tree: Tree | None = await session.scalar(select(Tree).where(Tree.kind == kind))
    return tree
