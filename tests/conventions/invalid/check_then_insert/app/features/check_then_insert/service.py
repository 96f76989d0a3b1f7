"""Cards with a name."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.check_then_insert.models import ChecktheninsertCard as Card


async def create(session: AsyncSession, name: str) -> Card | None:
    """Create a card, unless there is one of this name."""
    if await session.scalar(select(Card.id).where(Card.name == name)):
        return None
    card = Card(name=name, state="new", balance=0)
    session.add(card)  # violates: check-then-insert
    await session.flush()
    return card
