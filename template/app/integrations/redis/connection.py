"""The Redis client, and the state of Redis: requests go on without it while it is unavailable."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.integrations.redis.settings import RedisSettings

SECONDS_BETWEEN_PROBES = 1.0

# Every command of the backends, on a key of every kind: a replica, a full server and a user without
# the rights all respond to PING.
_PROBE = """
for _, key in ipairs(KEYS) do
    redis.call('SET', key, '0', 'NX', 'PX', 1000)
    redis.call('PEXPIRE', key, 1000)
    redis.call('GET', key)
    redis.call('DEL', key)
end
return redis.call('TIME')
"""
_PROBED_KEYS = [f"{kind}:{{probe}}" for kind in ("cache", "fence", "lock", "making", "rate")]

log = structlog.get_logger()
T = TypeVar("T")


class RedisUnavailable(Exception):
    """Redis does not respond, or responded with an error."""


def make_client(settings: RedisSettings) -> Redis:
    """Return a client that fails fast; the default one retries for four seconds.

    Raises:
        ValueError: No address is set.
    """
    if settings.redis_url is None:
        message = "REDIS_URL is not set; `make dev` starts a Valkey of its own"
        raise ValueError(message)
    pool = BlockingConnectionPool.from_url(
        settings.redis_url.get_secret_value(),
        max_connections=settings.redis_connections,
        timeout=settings.redis_timeout_seconds,  # for a free connection
        socket_timeout=settings.redis_timeout_seconds,
        socket_connect_timeout=settings.redis_connect_timeout_seconds,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis.from_pool(pool)


class RedisConnection:
    """Runs commands, and none from a failure until a probe has succeeded."""

    def __init__(self, client: Redis) -> None:
        """Take the client."""
        self.client = client
        self._run_probe = client.register_script(_PROBE)
        self._is_available = True
        self._next_probe = 0.0
        self._probing: asyncio.Task[None] | None = None

    async def execute(self, command: Callable[[], Awaitable[T]]) -> T:
        """Return the response of Redis.

        Args:
            command: Sends the command; not called while Redis is unavailable.

        Raises:
            RedisUnavailable: Redis failed, now or at its last probe.
        """
        if not self._is_available:
            if monotonic() >= self._next_probe:  # in the background: no request waits for it
                self._next_probe = monotonic() + SECONDS_BETWEEN_PROBES
                self._probing = asyncio.create_task(self._probe())
            raise RedisUnavailable
        try:
            return await command()
        except (RedisError, OSError, TimeoutError) as error:
            await self._lose(error)
            raise RedisUnavailable from error

    async def ping(self) -> None:
        """Raise `RedisUnavailable` unless Redis can do all that the service needs of it."""
        try:
            await self._run_probe(_PROBED_KEYS)
        except (RedisError, OSError, TimeoutError) as error:
            await self._lose(error)
            raise RedisUnavailable from error
        if not self._is_available:
            self._is_available = True
            log.info("redis_recovered")

    async def aclose(self) -> None:
        """Cancel a probe that is running."""
        if self._probing:
            self._probing.cancel()
            await asyncio.wait([self._probing])

    async def _probe(self) -> None:
        with suppress(RedisUnavailable):
            await self.ping()

    async def _lose(self, error: Exception) -> None:
        self._next_probe = monotonic() + SECONDS_BETWEEN_PROBES
        if self._is_available:
            self._is_available = False
            reason = str(error)[:200]
            log.warning("redis_unavailable", error=type(error).__name__, reason=reason)
        # After a failover the old node may still respond, with READONLY for instance. A new
        # connection looks its name up again. Connections in use are closed by their own failure.
        with suppress(RedisError, OSError, TimeoutError):
            await self.client.connection_pool.disconnect(inuse_connections=False)
