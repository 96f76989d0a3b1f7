"""Cards with a name."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.check_then_insert.models import ChecktheninsertCard as Card


async def create(session: AsyncSession, name: str) -> bool:
    """Create a card, unless there is one of this name."""
    values = {"name": name, "state": "new", "balance": 0}
    added = insert(Card).values(**values).on_conflict_do_nothing().returning(Card.id)
    return await session.scalar(added) is not None


async def copy(session: AsyncSession, name: str) -> None:
    """Copy a card."""
    state = await session.scalar(select(Card.state).where(Card.name == name))
    session.add(Card(name=f"{name} 2", state=state, balance=0))
