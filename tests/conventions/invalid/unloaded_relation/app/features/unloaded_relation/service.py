"""The rules of bridges."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from app.core.errors import NotFound
from app.features.unloaded_relation.models import Bridge, River


class BridgeNotFound(NotFound):
    """There is no bridge with this id."""

    code = "bridge_not_found"
    message = "There is no bridge with this id."


async def get_bridge(session: AsyncSession, bridge_id: UUID) -> Bridge:
    """Return a bridge.

    Raises:
        BridgeNotFound: There is none with this id.
    """
    by_id = select(Bridge).where(Bridge.id == bridge_id)
    bridge = (await session.execute(by_id)).scalar_one_or_none()  # violates: unloaded-relation
    if bridge is None:
        raise BridgeNotFound
    return bridge


async def longest_name(session: AsyncSession, river_id: UUID) -> str:
    """Return the longest name of a bridge over a river."""
    bridges = select(Bridge).where(Bridge.river_id == river_id).limit(50)
    names = [
        one.full_name  # violates: unloaded-relation
        for one in await session.scalars(bridges)
    ]
    return max(names, key=len)


async def neighbours(session: AsyncSession, name: str) -> list[str]:
    """Return the bridges over a river."""
    river = await session.scalar(select(River).where(River.name == name))
    if river is None:
        return []
    return [bridge.name for bridge in river.bridges]  # violates: unloaded-relation


async def others(session: AsyncSession, bridge: Bridge) -> int:
    """Return the number of bridges over the same river."""
    with_river = selectinload(Bridge.river)
    same = await session.get_one(Bridge, bridge.id, options=[with_river])
    return len(same.river.bridges)  # violates: unloaded-relation
