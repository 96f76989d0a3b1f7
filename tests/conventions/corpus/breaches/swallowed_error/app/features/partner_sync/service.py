"""Services of the sync."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress as ignoring
from datetime import UTC, datetime

from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import AppError
from app.core.services import get
from app.features.partner_sync.api import PartnerApi
from app.features.partner_sync.models import PartnerLink

Failure = Exception


async def push_contacts(partner: str, contacts: Sequence[str]) -> int:
    """Send contacts to a partner, and return their number."""
    api = get(PartnerApi)
    for start in range(0, len(contacts), 10):
        batch = contacts[start : start + 10]
        calls = [api.push(partner, contact) for contact in batch]
        await asyncio.gather(*calls, return_exceptions=True)  # breach: swallowed-error
    return len(contacts)


async def count_contacts(partners: tuple[str, str]) -> int:
    """Return the number of contacts that two partners have together."""
    first, second = partners
    api = get(PartnerApi)
    # breach: swallowed-error
    counts = await asyncio.gather(api.pull(first), api.pull(second), return_exceptions=True)
    return sum(count for count in counts if isinstance(count, int))


async def note_sync(session: AsyncSession, partner: str) -> None:
    """Store the time of a sync."""
    with ignoring(SQLAlchemyError, Failure):  # breach: swallowed-error
        await session.execute(
            update(PartnerLink)
            .where(PartnerLink.partner == partner)
            .values(synced_at=datetime.now(UTC))
        )


async def try_push(partner: str, contact: str) -> bool:
    """Send a contact to a partner, and return whether that worked."""
    try:
        await get(PartnerApi).push(partner, contact)
    except (AppError, Failure) as error:  # breach: swallowed-error
        del error
        return False
    return True


class Background:
    """Sends contacts while other work goes on."""

    def __init__(self) -> None:
        """Start with nothing to send."""
        self._running: set[asyncio.Task[None]] = set()

    def push(self, partner: str, contact: str) -> None:
        """Send a contact to a partner without waiting for it."""
        task = asyncio.create_task(get(PartnerApi).push(partner, contact))
        self._running.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # breach: swallowed-error


async def count_or_zero(partner: str) -> int:
    """Return the number of contacts of a partner; zero if it is down."""
    try:
        return await get(PartnerApi).pull(partner)
    finally:
        return 0  # breach: swallowed-error
