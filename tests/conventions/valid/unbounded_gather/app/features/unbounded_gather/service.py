"""Telling users."""

import asyncio
from collections.abc import Iterator, Sequence

SLOTS = asyncio.Semaphore(10)


async def notify_all(users: Sequence[str]) -> None:
    """Notify all users, ten at a time."""
    await asyncio.gather(*[_notify(user) for user in users])
    for batch in batched(users, 10):
        await asyncio.gather(*[asyncio.sleep(len(user)) for user in batch])


async def notify_admins() -> None:
    """Tell the two of them."""
    await asyncio.gather(*[asyncio.sleep(len(user)) for user in ("ada", "eve")])
    tasks = [asyncio.sleep(1)]
    tasks.append(asyncio.sleep(2))
    await asyncio.gather(*tasks)


def batched(users: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield a few at a time."""
    yield from (users[start : start + size] for start in range(0, len(users), size))


async def _notify(user: str) -> None:
    async with SLOTS:
        await asyncio.sleep(len(user))
