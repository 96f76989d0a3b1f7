"""Cards with a state."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.features.unlocked_state_change.models import UnlockedstatechangeCard as Card


async def activate(session: AsyncSession, card_id: UUID) -> bool:
    """Activate a card, once."""
    card = await session.get_one(Card, card_id)
    if card.state != "new":
        return False
    card.state = "active"  # violates: unlocked-state-change
    await session.flush()
    return True
