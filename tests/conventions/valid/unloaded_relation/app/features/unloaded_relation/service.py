"""The rules of bridges."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload, selectinload

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
    by_id = select(Bridge).where(Bridge.id == bridge_id).options(joinedload(Bridge.river))
    bridge = (await session.execute(by_id)).scalar_one_or_none()
    if bridge is None:
        raise BridgeNotFound
    return bridge


async def longest_name(session: AsyncSession, river_id: UUID) -> str:
    """Return the longest name of a bridge over a river."""
    river = await session.get_one(River, river_id, options=[selectinload(River.bridges)])
    return max((bridge.full_name for bridge in river.bridges), key=len)


async def neighbours(session: AsyncSession, name: str) -> list[str]:
    """Return the bridges over a river."""
    river = await session.scalar(select(River).where(River.name == name))
    if river is None:
        return []
    await session.refresh(river, ["bridges"])
    return [bridge.name for bridge in river.bridges]


async def build(session: AsyncSession, river: River, name: str) -> str:
    """Store a bridge."""
    bridge = Bridge(name=name, river=river)
    session.add(bridge)
    await session.flush()
    return bridge.full_name


def describe(bridge: Bridge) -> str:
    """Return a sentence about a bridge that is loaded with its river."""
    return f"{bridge.full_name}, the river {bridge.river.name}"
