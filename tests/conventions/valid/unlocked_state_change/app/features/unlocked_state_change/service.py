"""Cards with a state."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.unlocked_state_change.models import UnlockedstatechangeCard as Card


async def activate(session: AsyncSession, card_id: UUID) -> bool:
    """Activate a card, once."""
    card = await session.get_one(Card, card_id, with_for_update=True)
    if card.state != "new":
        return False
    card.state = "active"
    await session.flush()
    return True


async def close(session: AsyncSession, card_id: UUID) -> bool:
    """Close a card, once."""
    closed = update(Card).where(Card.id == card_id, Card.state == "active").values(state="closed")
    return await session.scalar(closed.returning(Card.id)) is not None
