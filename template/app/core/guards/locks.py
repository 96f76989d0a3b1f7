"""Locks: one at a time, over all processes.

    async with lock("candles:nightly-import", ttl=30) as held:
        await import_candles(fence=held.fence)

PostgreSQL holds a lock in a transaction of its own, which takes a connection of the pool for as
long, unless `lock_in` says otherwise. It is renewed while the block runs; others may have it `ttl`
seconds after its holder died or froze.

A process that was frozen may go on for a moment with what has gone to another. Where that must not
happen, hand on the fence, which rises with each holder, and refuse one lower than was seen before.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db.session import AsyncSessionLocal
from app.core.errors import Unavailable

POLL_SECONDS = 0.05
RENEWALS_PER_TTL = 3


class LockUnavailable(Unavailable):
    """Somebody else is doing this just now."""

    code = "lock_unavailable"
    message = "Somebody else is doing this just now. Try again as Retry-After says."


class LockLost(Unavailable):
    """What was locked could not be kept, so it was given up in the middle."""

    code = "lock_lost"
    message = "This was interrupted before it was finished. Try again as Retry-After says."


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock that is held.

    Attributes:
        fence: Higher than that of every holder before.
    """

    fence: int


class Lock(Protocol):
    """One attempt at a lock."""

    async def take(self) -> int | None:
        """Return the fence if the lock is ours now, `None` if somebody else has it."""

    async def renew(self) -> bool | None:
        """Return whether the lock is still ours; `None` if that cannot be said just now."""


class LockBackend(Protocol):
    """Where locks are held."""

    def reach(self, name: str, *, ttl: float) -> AbstractAsyncContextManager[Lock]:
        """Reach for a lock; leaving the block lets go of it."""


@asynccontextmanager
async def lock(name: str, *, ttl: float = 30.0, wait: float = 0.0) -> AsyncIterator[HeldLock]:
    """Hold a lock while the block runs.

    Args:
        name: What is locked.
        ttl: After how many seconds others may have it when this process dies or freezes.
        wait: How many seconds to wait while somebody else has it.

    Raises:
        LockUnavailable: Somebody else had it all the while.
        LockLost: It could not be kept; the block was cancelled.
        ValueError: The name or a time cannot be.
    """
    if not re.fullmatch(r"[!-~]{1,200}", name) or ttl <= 0 or wait < 0:
        message = f"lock({name!r}, ttl={ttl}, wait={wait}): a name without spaces, and ttl > 0"
        raise ValueError(message)
    async with _locks[-1].reach(name, ttl=ttl) as grip:
        asked, fence = await _take(grip, wait=wait)
        async with _kept(grip, until=asked + ttl, ttl=ttl):
            yield HeldLock(fence)


@contextmanager
def lock_in(locks: LockBackend) -> Iterator[None]:
    """Hold locks somewhere else inside the block; a module that offers it does so while open."""
    _locks.append(locks)
    try:
        yield
    finally:
        _locks.remove(locks)


async def _take(grip: Lock, *, wait: float) -> tuple[float, int]:
    """Return when the attempt began that succeeded, and its fence."""
    now = asyncio.get_running_loop().time
    give_up = now() + wait
    while True:
        asked = now()
        fence = await grip.take()
        if fence is not None:
            return asked, fence
        if asked >= give_up:
            raise LockUnavailable
        await asyncio.sleep(min(POLL_SECONDS, give_up - asked))


@asynccontextmanager
async def _kept(grip: Lock, *, until: float, ttl: float) -> AsyncIterator[None]:
    """Renew a lock while the block runs; cancel the block when that does not succeed in time."""
    deadline = asyncio.timeout_at(until)
    try:
        async with deadline:
            renewing = asyncio.create_task(_renew(grip, deadline, ttl=ttl))
            try:
                yield
            finally:
                renewing.cancel()
                await asyncio.wait([renewing])
    except TimeoutError:
        if deadline.expired():
            raise LockLost from None
        raise


async def _renew(grip: Lock, deadline: asyncio.Timeout, *, ttl: float) -> None:
    now = asyncio.get_running_loop().time
    while True:
        await asyncio.sleep(ttl / RENEWALS_PER_TTL)
        asked = now()
        is_ours = await grip.renew()
        if is_ours is False:
            deadline.reschedule(now())
            return
        if is_ours:
            deadline.reschedule(asked + ttl)


class PostgresLockBackend:
    """Locks of PostgreSQL, each in a transaction of its own: a pooler cannot mix them up."""

    @asynccontextmanager
    async def reach(self, name: str, *, ttl: float) -> AsyncIterator[Lock]:
        """Reach for a lock; see `LockBackend`."""
        session = AsyncSessionLocal()
        try:
            yield PostgresLock(session, name, ttl=ttl)
        finally:
            await _end(session)


# A sequence counts on through rollbacks and crashes. The server ends a transaction that is silent
# for longer than `ttl`, and with it the lock of a holder that is frozen.
_TAKE = text(
    "SELECT CASE WHEN pg_try_advisory_xact_lock(hashtextextended('lock:' || :name, 0)) "
    "THEN nextval('lock_fences') END, "
    "set_config('idle_in_transaction_session_timeout', :ttl_ms, true)"
)
_RENEW = text("SELECT 1")


async def _end(session: AsyncSession) -> None:
    """End the transaction, and the lock with it."""
    try:
        await session.close()
    except DBAPIError:  # the connection has ended already
        await session.invalidate()


class PostgresLock:
    """One attempt at a lock of PostgreSQL."""

    def __init__(self, session: AsyncSession, name: str, *, ttl: float) -> None:
        """Take the session whose transaction is to hold the lock."""
        self._session = session
        self._values = {"name": name, "ttl_ms": str(max(1, round(ttl * 1000)))}

    async def take(self) -> int | None:
        """Try once; see `Lock`."""
        fence: int | None = await self._session.scalar(_TAKE, self._values)
        return fence

    async def renew(self) -> bool | None:
        """Say that we are alive; see `Lock`."""
        try:
            await self._session.execute(_RENEW)
        except DBAPIError:
            return False  # the connection is gone, and the lock with it
        return True


_locks: list[LockBackend] = [PostgresLockBackend()]
