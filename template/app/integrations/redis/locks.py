"""Locks in Redis: each has its holder's token, expires, and hands out a fencing token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

from redis.commands.core import AsyncScript

from app.core.errors import Unavailable
from app.core.guards.locks import Lock
from app.integrations.redis.connection import RedisConnection, RedisUnavailable

# Fencing tokens follow the clock, so that they rise even after Redis has lost its data.
_ACQUIRE = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
    return false
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
local token = string.format('%.0f', math.max(now, last + 1))
redis.call('SET', KEYS[2], token)
return token
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
    """Redis is unavailable, so the holder of a lock is unknown and none is handed out."""

    code = "lock_backend_unavailable"


class RedisLockBackend:
    """Locks that expire when their holder dies; see `LockBackend`."""

    def __init__(self, connection: RedisConnection) -> None:
        """Register the scripts."""
        self.connection = connection
        register = connection.client.register_script
        self.acquire, self.renew, self.release = map(register, (_ACQUIRE, _RENEW, _RELEASE))

    @asynccontextmanager
    async def open_lock(self, name: str, *, ttl: float) -> AsyncIterator[Lock]:
        """Prepare a lock; leaving the block releases it."""
        lock = RedisLock(self, name, ttl=ttl)
        try:
            yield lock
        finally:
            with suppress(RedisUnavailable):  # then it expires
                await lock.release()


class RedisLock:
    """One attempt to hold a lock in Redis; see `Lock`."""

    def __init__(self, backend: RedisLockBackend, name: str, *, ttl: float) -> None:
        """Generate the token that identifies this holder."""
        self._backend = backend
        self._key = f"lock:{name}"
        # The hash tag keeps both keys in one slot of a cluster behind a proxy.
        self._fence = f"fence:{self._key}" if "{" in name else f"fence:{{{self._key}}}"
        self._token = uuid4().hex
        self._ttl_ms = max(1, round(ttl * 1000))

    async def acquire(self) -> int | None:
        """Return the fencing token, or `None` while another caller holds the lock."""
        try:
            token = await self._run(self._backend.acquire, self._fence)
        except RedisUnavailable as error:
            raise LockBackendUnavailable from error
        return None if token is None else int(token)

    async def renew(self) -> bool | None:
        """Return whether the lock is still held; `None` while Redis is unavailable."""
        with suppress(RedisUnavailable):
            return bool(await self._run(self._backend.renew))
        return None

    async def release(self) -> None:
        """Release the lock, unless another caller holds it by now."""
        await self._run(self._backend.release)

    async def _run(self, script: AsyncScript, *more_keys: str) -> bytes | int | None:
        keys, values = [self._key, *more_keys], [self._token, self._ttl_ms]
        response: bytes | int | None = await self._backend.connection.execute(
            lambda: script(keys, values)
        )
        return response
