"""Services of audiences."""

from collections.abc import AsyncIterator, Collection
from functools import partial
from uuid import UUID

from sqlalchemy import func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db.batches import read_in_batches
from app.features.newsletter_audiences.models import IssueOpen, Subscriber

opened_by = IssueOpen.subscriber_id.in_


class Audience:
    """The subscribers of a segment."""

    def __init__(self, session: AsyncSession, segment: str) -> None:
        """Take the session of the request, and the segment."""
        self._session = session
        self._ids: list[UUID] = []
        self._segment = segment

    async def load(self) -> None:
        """Read the ids of the subscribers."""
        members = select(Subscriber).where(Subscriber.segment == self._segment)
        async for subscriber in read_in_batches(members, key=Subscriber.id):
            self._ids.append(subscriber.id)

    async def opens(self) -> int:
        """Return how often the subscribers have opened issues."""
        count = select(func.count()).where(opened_by(self._ids))  # breach: unbounded-in
        return await self._session.scalar(count) or 0

    async def newest_without(self, addresses: AsyncIterator[str]) -> UUID | None:
        """Return the newest subscriber who is not on a list."""
        listed = {address.lower() async for address in addresses}
        others = (
            select(Subscriber.id)
            .where(not_(Subscriber.email_key.in_(listed)))  # breach: unbounded-in
            .order_by(Subscriber.id.desc())
            .limit(1)
        )
        return await self._session.scalar(others)


async def active_among(session: AsyncSession, ids: Collection[UUID]) -> int:
    """Return how many of some subscribers have opened an issue."""
    distinct = func.count(IssueOpen.subscriber_id.distinct())
    # breach: unbounded-in
    among = partial(select(distinct).where, IssueOpen.subscriber_id.in_(ids))
    return await session.scalar(among()) or 0
