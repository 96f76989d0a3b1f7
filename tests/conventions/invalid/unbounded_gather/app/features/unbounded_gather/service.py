"""Telling users."""

import asyncio
from collections.abc import Sequence


async def notify_all(users: Sequence[str]) -> None:
    """Notify all users."""
    await asyncio.gather(*[_notify(user) for user in users])  # violates: unbounded-gather


async def notify_listed(users: Sequence[str]) -> None:
    """Notify all users."""
    tasks = []
    for user in users:
        tasks.append(_notify(user))
    await asyncio.gather(*tasks)  # violates: unbounded-gather


async def notify_in_group(users: Sequence[str]) -> None:
    """Notify all users."""
    async with asyncio.TaskGroup() as group:
        for user in users:
            group.create_task(_notify(user))  # violates: unbounded-gather


async def _notify(user: str) -> None:
    await asyncio.sleep(len(user))
