"""Telling users."""

import asyncio
from collections.abc import Sequence


async def notify_all(users: Sequence[str]) -> None:
    """Tell everybody."""
    await asyncio.gather(*[_notify(user) for user in users])  # breach: unbounded-gather


async def notify_listed(users: Sequence[str]) -> None:
    """Tell everybody."""
    tasks = []
    for user in users:
        tasks.append(_notify(user))
    await asyncio.gather(*tasks)  # breach: unbounded-gather


async def notify_in_group(users: Sequence[str]) -> None:
    """Tell everybody."""
    async with asyncio.TaskGroup() as group:
        for user in users:
            group.create_task(_notify(user))  # breach: unbounded-gather


async def _notify(user: str) -> None:
    await asyncio.sleep(len(user))
