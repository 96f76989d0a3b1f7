"""Trials."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4


def is_over(ends_at: datetime, now: datetime = datetime.now(UTC)) -> bool:  # violates: frozen-default
    """Return whether a trial is over."""
    return ends_at < now


@dataclass
class Event:
    """Something that happened."""

    id: UUID = uuid4()  # violates: frozen-default
