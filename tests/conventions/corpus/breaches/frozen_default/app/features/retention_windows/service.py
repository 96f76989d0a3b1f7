"""Services of retention."""

from datetime import UTC, datetime, timedelta
from functools import cache, partial

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.retention_windows.models import CallRecording

KEPT = timedelta(days=90)
CUTOFF = datetime.now(UTC) - KEPT  # breach: frozen-default


@cache
def today() -> datetime:  # breach: frozen-default
    """Return the beginning of today."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def since(time: datetime) -> Select[CallRecording]:
    """Return the statement that selects up to a hundred recordings since a time."""
    return select(CallRecording).where(CallRecording.recorded_at >= time).limit(100)


this_week = partial(since, datetime.now(UTC) - timedelta(days=7))  # breach: frozen-default


async def delete_old(session: AsyncSession) -> int:
    """Delete up to a thousand recordings that are old enough, and return their number."""
    old = select(CallRecording.id).where(CallRecording.recorded_at < CUTOFF).limit(1000)
    deleted = delete(CallRecording).where(CallRecording.id.in_(old)).returning(CallRecording.id)
    return len((await session.scalars(deleted)).all())


async def recorded_today(session: AsyncSession) -> list[str]:
    """Return where the first hundred recordings of today are."""
    return [recording.pathname for recording in await session.scalars(since(today()))]


async def recorded_this_week(session: AsyncSession) -> list[str]:
    """Return where the first hundred recordings of this week are."""
    return [recording.pathname for recording in await session.scalars(this_week())]
