"""Trials."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

LENGTH = timedelta(days=14)


def is_over(ends_at: datetime, now: datetime | None = None) -> bool:
    """Return whether a trial is over."""
    return ends_at < (now or datetime.now(UTC))


@dataclass
class Event:
    """Something that happened."""

    id: UUID = field(default_factory=uuid4)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
