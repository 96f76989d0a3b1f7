"""Locks in Redis: with an owner's token, an end, and a fence."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

from app.core.errors import Unavailable
from app.core.guards.locks import Lock
from app.integrations.redis.connection import RedisConnection, RedisUnavailable

# Fences follow the clock, so that they rise even when Redis has lost its data.
_TAKE = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
    return false
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
local fence = string.format('%.0f', math.max(now, last + 1))
redis.call('SET', KEYS[2], fence)
return fence
"""
_RENEW = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_RELEASE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
return redis.call('DEL', KEYS[1])
"""


class LockBackendUnavailable(Unavailable):
    """Nobody can say who holds what, so nobody gets a lock."""

    code = "lock_backend_unavailable"


class RedisLockBackend:
    """Locks that expire by themselves when their holder is gone."""

    def __init__(self, link: RedisConnection) -> None:
        """Take the connection."""
        self._link = link
        self.scripts = {
            name: link.client.register_script(code)
            for name, code in (("take", _TAKE), ("renew", _RENEW), ("release", _RELEASE))
        }

    @asynccontextmanager
    async def reach(self, name: str, *, ttl: float) -> AsyncIterator[Lock]:
        """Reach for a lock; see `Locks`."""
        grip = RedisLock(self, self._link, name, ttl=ttl)
        try:
            yield grip
        finally:
            with suppress(RedisUnavailable):  # then it expires
                await grip.release()


class RedisLock:
    """One attempt at a lock in Redis."""

    def __init__(
        self, locks: RedisLockBackend, link: RedisConnection, name: str, *, ttl: float
    ) -> None:
        """Make up the owner's token."""
        self._link = link
        self._scripts = locks.scripts
        self._key = f"lock:{name}"
        self._token = uuid4().hex
        self._ttl_ms = max(1, round(ttl * 1000))

    async def take(self) -> int | None:
        """Try once; see `Lock`."""
        keys = [self._key, f"fence:{self._key}"]
        try:
            fence = await self._run("take", keys, self._token, self._ttl_ms)
        except RedisUnavailable as error:
            raise LockBackendUnavailable from error
        return None if fence is None else int(fence)

    async def renew(self) -> bool | None:
        """Put off the end; see `Lock`."""
        try:
            return bool(await self._run("renew", [self._key], self._token, self._ttl_ms))
        except RedisUnavailable:
            return None

    async def release(self) -> None:
        """Let go of the lock if it is still ours."""
        await self._run("release", [self._key], self._token)

    async def _run(self, script: str, keys: list[str], *values: str | int) -> bytes | int | None:
        answer: bytes | int | None = await self._link.ask(
            lambda: self._scripts[script](keys, list(values))
        )
        return answer
