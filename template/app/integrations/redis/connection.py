"""The Redis client, with a pause after a failure: requests go on without Redis in the meantime."""

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.integrations.redis.settings import RedisSettings

SECONDS_BETWEEN_ATTEMPTS = 1.0

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
        socket_connect_timeout=settings.redis_timeout_seconds,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis.from_pool(pool)


class RedisConnection:
    """Runs commands, and none for `SECONDS_BETWEEN_ATTEMPTS` after a failure."""

    def __init__(self, client: Redis) -> None:
        """Take the client."""
        self.client = client
        self._is_available = True
        self._next_attempt = 0.0

    async def execute(self, command: Callable[[], Awaitable[T]]) -> T:
        """Return the response of Redis.

        Args:
            command: Sends the command; not called during a pause.

        Raises:
            RedisUnavailable: Redis does not respond, or did not a moment ago.
        """
        now = monotonic()
        if not self._is_available:
            if now < self._next_attempt:
                raise RedisUnavailable
            # Only this caller probes; the others fail at once until the probe has succeeded.
            self._next_attempt = now + SECONDS_BETWEEN_ATTEMPTS
        try:
            response = await command()
        except (RedisError, OSError, TimeoutError) as error:
            self._next_attempt = monotonic() + SECONDS_BETWEEN_ATTEMPTS
            if self._is_available:
                self._is_available = False
                log.warning("redis_unavailable", error=type(error).__name__)
            raise RedisUnavailable from error
        if not self._is_available:
            self._is_available = True
            log.info("redis_recovered")
        return response

    async def ping(self) -> None:
        """Raise `RedisUnavailable` unless Redis responds; called by readiness."""
        await self.execute(self.client.ping)
