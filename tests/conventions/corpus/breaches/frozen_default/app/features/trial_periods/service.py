"""Services of trials."""

from datetime import UTC, date, datetime
from time import monotonic

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.trial_periods import clock
from app.features.trial_periods.models import Trial


async def is_running(
    session: AsyncSession,
    workspace: str,
    *,
    at: datetime = datetime.now(UTC),  # breach: frozen-default
) -> bool:
    """Return whether a workspace is in its trial."""
    ends_at = await session.scalar(select(Trial.ends_at).where(Trial.workspace == workspace))
    return ends_at is not None and at < ends_at


def days_left(trial: Trial, today: date = clock.now().date()) -> int:  # breach: frozen-default
    """Return the days that are left of a trial."""
    return (trial.ends_at.date() - today).days


class Countdown:
    """The seconds since a trial was opened in the browser."""

    started = monotonic()  # breach: frozen-default

    def seconds(self) -> float:
        """Return the seconds since the page was opened."""
        return monotonic() - self.started
