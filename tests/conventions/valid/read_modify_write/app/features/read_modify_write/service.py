"""Cards with an amount."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.read_modify_write.models import ReadmodifywriteCard as Card


async def spend(session: AsyncSession, card_id: UUID, amount: int) -> None:
    """Take an amount of a card."""
    card = await session.get_one(Card, card_id, with_for_update=True)
    card.balance -= amount
    await session.flush()


async def double(session: AsyncSession, card_id: UUID) -> None:
    """Double the amount of a card."""
    doubled = update(Card).where(Card.id == card_id).values(balance=Card.balance * 2)
    await session.execute(doubled)


async def rename(session: AsyncSession, card_id: UUID, name: str) -> None:
    """Rename a card."""
    card = await session.get_one(Card, card_id)
    card.name = name
    await session.flush()
