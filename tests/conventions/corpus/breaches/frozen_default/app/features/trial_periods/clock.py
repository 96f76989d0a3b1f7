"""The clock of trial periods."""

from datetime import UTC, datetime, timedelta

TRIAL_DAYS = 14


def now() -> datetime:
    """Return the current time."""
    return datetime.now(UTC)


def in_days(days: int) -> datetime:
    """Return the time in some days."""
    return now() + timedelta(days=days)
