"""Services of counter tickets."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from redis.asyncio import Redis
from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Session
from app.core.services import get
from app.features.counter_tickets.models import Counter, Ticket


class TicketMachine:
    """Draws tickets in the transaction of one request."""

    def __init__(self, session: Session) -> None:
        """Take the transaction of the request."""
        self._session: AsyncSession = session

    async def draw(self, counter_id: UUID) -> int:
        """Return the next number of a counter."""
        number = await self._highest(counter_id) + 1
        # breach: read-modify-write
        await self._session.execute(insert(Ticket).values(counter_id=counter_id, number=number))
        return number

    async def _highest(self, counter_id: UUID) -> int:
        highest = select(func.max(Ticket.number)).where(Ticket.counter_id == counter_id)
        return await self._session.scalar(highest) or 0

    async def draw_many(self, counter_id: UUID, people: int) -> range:
        """Return the numbers of a group."""
        first = (
            await self._session.execute(select(Counter.last_number).where(Counter.id == counter_id))
        ).scalar_one() + 1
        changed = {"last_number": first + people - 1}
        await _store(self._session, counter_id, changed)  # breach: read-modify-write
        return range(first, first + people)

    async def add_topic(self, counter_id: UUID, topic: str) -> None:
        """Let a counter answer questions on one more topic."""
        counter = await self._session.get_one(Counter, counter_id)
        counter.topics = [*counter.topics, topic]  # breach: read-modify-write


async def _store(session: AsyncSession, counter_id: UUID, values: Mapping[str, Any]) -> None:
    await session.execute(update(Counter).where(Counter.id == counter_id).values(**values))


class WaitingTime:
    """The minutes that people have waited, for the screen in the hall."""

    def __init__(self, redis: Redis) -> None:
        """Take the connection."""
        self._redis = redis

    async def add(self, counter: str, minutes: int) -> None:
        """Add the minutes of one person."""
        waited = int(await self._redis.get(f"waited:{counter}") or 0)
        # breach: read-modify-write
        await self._redis.set(f"waited:{counter}", waited + minutes, ex=86_400)


async def note_wait(counter: str, minutes: int) -> None:
    """Show the minutes of one more person on the screen."""
    await get(WaitingTime).add(counter, minutes)


Machine = Annotated[TicketMachine, Depends()]
