"""What has to happen before a user goes.

    async def forget(session: AsyncSession, user_id: UUID) -> None: ...

    with when_user_leaves(forget):  # while a module is open
        yield

A hook runs in the transaction that deletes the user, while the row is still there: what it changes
goes with the user or not at all. What is to happen elsewhere it leaves to a job, in this session.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

Hook = Callable[[AsyncSession, UUID], Awaitable[None]]

_hooks: list[Hook] = []


@contextmanager
def when_user_leaves(hook: Hook) -> Iterator[None]:
    """Call a hook before a user is deleted, inside the block."""
    _hooks.append(hook)
    try:
        yield
    finally:
        _hooks.remove(hook)


async def take_leave(session: AsyncSession, user_id: UUID) -> None:
    """Call every hook once, in the order in which they came."""
    for hook in dict.fromkeys(_hooks):
        await hook(session, user_id)
