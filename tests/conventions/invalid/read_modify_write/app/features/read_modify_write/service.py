"""Cards with an amount."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.features.read_modify_write.models import ReadmodifywriteCard as Card


async def spend(session: AsyncSession, card_id: UUID, amount: int) -> None:
    """Take an amount of a card."""
    card = await session.get_one(Card, card_id)
    card.balance -= amount  # violates: read-modify-write
    await session.flush()


async def double(session: AsyncSession, card_id: UUID) -> None:
    """Double the amount of a card."""
    card = await session.get_one(Card, card_id)
    doubled = card.balance * 2
    card.balance = doubled  # violates: read-modify-write
    await session.flush()
