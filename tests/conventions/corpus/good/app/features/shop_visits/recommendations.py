"""Recommendations, which vary from visit to visit."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import TypeVar
from uuid import UUID, uuid4

ItemT = TypeVar("ItemT")

RETRY_SECONDS = 2.0


def sample(items: Sequence[ItemT], count: int) -> list[ItemT]:
    """Return some of the items, in no order."""
    return random.sample(items, k=min(count, len(items)))


def retry_delay(attempt: int) -> float:
    """Return the seconds until the next attempt, with jitter."""
    return RETRY_SECONDS * 2**attempt * random.uniform(1, 1.5)  # noqa: S311 - jitter, no secret


def bucket(user_id: UUID, experiment: str, *, of: int) -> int:
    """Return the group of a user in an experiment, always the same."""
    digest = md5(f"{experiment}:{user_id}".encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big") % of


def order_number(position: int, day: datetime) -> str:
    """Return the number of an order, which customers read out on the phone."""
    return f"{day:%y%m%d}-{position:05d}"


def correlation_id() -> str:
    """Return an id that links the lines of a log."""
    return uuid4().hex


def is_outdated(seen_at: datetime, *, now: datetime | None = None) -> bool:
    """Return whether a recommendation is older than a week."""
    return (now or datetime.now(UTC)) - seen_at > timedelta(days=7)
