"""Locks across all processes: one holder at a time.

    async with lock("candles:nightly-import", ttl=30) as held:
        await import_candles(fencing_token=held.fencing_token)

By default PostgreSQL holds a lock in a transaction of its own, which takes a connection of the pool
for as long; a module may provide another `LockBackend`. The lock is renewed while the block runs,
and expires `ttl` seconds after its holder died or froze.

A frozen process may resume for a moment while another one holds the lock. Where that must do no
harm, pass the fencing token along, which rises with each holder, and reject a token lower than the
last seen.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db.session import AsyncSessionLocal
from app.core.errors import Unavailable
from app.core.services import get

POLL_SECONDS = 0.05
RENEWALS_PER_TTL = 3


class LockUnavailable(Unavailable):
    """The lock is held by another caller."""

    code = "lock_unavailable"
    message = "This operation is already running. Retry after the time in Retry-After."


class LockLost(Unavailable):
    """The lock could not be renewed, so the block was cancelled."""

    code = "lock_lost"
    message = "The operation was interrupted. Retry after the time in Retry-After."


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock that this process holds.

    Attributes:
        fencing_token: Higher than that of every earlier holder.
    """

    fencing_token: int


class Lock(Protocol):
    """One attempt to hold a lock."""

    async def acquire(self) -> int | None:
        """Return the fencing token, or `None` while another caller holds the lock."""

    async def renew(self) -> bool | None:
        """Return whether the lock is still held; `None` if that is unknown at the moment."""


class LockBackend(Protocol):
    """The place where locks are held."""

    def open_lock(self, name: str, *, ttl: float) -> AbstractAsyncContextManager[Lock]:
        """Prepare a lock; leaving the block releases it."""


@asynccontextmanager
async def lock(name: str, *, ttl: float = 30.0, wait: float = 0.0) -> AsyncIterator[HeldLock]:
    """Hold a lock while the block runs.

    Args:
        name: The resource to lock.
        ttl: Seconds after which the lock expires when this process dies or freezes.
        wait: Seconds to wait while another caller holds the lock.

    Raises:
        LockUnavailable: Another caller held the lock all the time.
        LockLost: The lock could not be renewed; the block was cancelled.
        ValueError: The name or a time is invalid.
    """
    if not re.fullmatch(r"[!-~]{1,200}", name) or ttl <= 0 or wait < 0:
        message = f"lock({name!r}, ttl={ttl}, wait={wait}): a name without spaces, and ttl > 0"
        raise ValueError(message)
    async with get(LockBackend).open_lock(name, ttl=ttl) as attempt:
        asked_at, fencing_token = await _acquire(attempt, wait=wait)
        async with _renewed(attempt, until=asked_at + ttl, ttl=ttl):
            yield HeldLock(fencing_token)


async def _acquire(attempt: Lock, *, wait: float) -> tuple[float, int]:
    """Return the start time of the attempt that succeeded, and its fencing token."""
    now = asyncio.get_running_loop().time
    deadline = now() + wait
    while True:
        asked_at = now()
        fencing_token = await attempt.acquire()
        if fencing_token is not None:
            return asked_at, fencing_token
        if asked_at >= deadline:
            raise LockUnavailable
        await asyncio.sleep(min(POLL_SECONDS, deadline - asked_at))


@asynccontextmanager
async def _renewed(attempt: Lock, *, until: float, ttl: float) -> AsyncIterator[None]:
    """Renew a lock while the block runs; cancel the block when a renewal comes too late."""
    # The deadline counts from before each request to the backend: the lock may expire that early.
    deadline = asyncio.timeout_at(until)
    try:
        async with deadline:
            renewing = asyncio.create_task(_renew(attempt, deadline, ttl=ttl))
            try:
                yield
            finally:
                renewing.cancel()
                await asyncio.wait([renewing])
    except TimeoutError:
        if deadline.expired():
            raise LockLost from None
        raise


async def _renew(attempt: Lock, deadline: asyncio.Timeout, *, ttl: float) -> None:
    now = asyncio.get_running_loop().time
    while True:
        await asyncio.sleep(ttl / RENEWALS_PER_TTL)
        asked_at = now()
        held = await attempt.renew()
        if held is False:
            deadline.reschedule(now())
            return
        if held:
            deadline.reschedule(asked_at + ttl)


class PostgresLockBackend:
    """Advisory locks, each in a transaction of its own, so that a pooler cannot mix them up."""

    @asynccontextmanager
    async def open_lock(self, name: str, *, ttl: float) -> AsyncIterator[Lock]:
        """Prepare a lock; see `LockBackend`."""
        session = AsyncSessionLocal()
        try:
            yield PostgresLock(session, name, ttl=ttl)
        finally:
            await _end_transaction(session)


# A sequence keeps rising through rollbacks and crashes, so its value serves as fencing token. The
# server ends a transaction that is idle for longer than `ttl`, and with it the lock of a frozen
# holder.
_ACQUIRE = text(
    "SELECT CASE WHEN pg_try_advisory_xact_lock(hashtextextended('lock:' || :name, 0)) "
    "THEN nextval('lock_fences') END, "
    "set_config('idle_in_transaction_session_timeout', :ttl_ms, true)"
)
_RENEW = text("SELECT 1")


async def _end_transaction(session: AsyncSession) -> None:
    """End the transaction, and release the lock with it."""
    try:
        await session.close()
    except DBAPIError:  # the connection is already closed
        await session.invalidate()


class PostgresLock:
    """One attempt to hold an advisory lock."""

    def __init__(self, session: AsyncSession, name: str, *, ttl: float) -> None:
        """Take the session whose transaction holds the lock."""
        self._session = session
        self._values = {"name": name, "ttl_ms": str(max(1, round(ttl * 1000)))}

    async def acquire(self) -> int | None:
        """Try once; see `Lock`."""
        fencing_token: int | None = await self._session.scalar(_ACQUIRE, self._values)
        return fencing_token

    async def renew(self) -> bool | None:
        """Keep the transaction alive; see `Lock`."""
        try:
            await self._session.execute(_RENEW)
        except DBAPIError:
            return False  # the connection is closed, and the lock released with it
        return True
