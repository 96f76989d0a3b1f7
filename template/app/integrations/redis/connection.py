"""The one client, and what happens while Redis is away: requests go on, and one line says so."""

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
AnswerT = TypeVar("AnswerT")


class RedisUnavailable(Exception):
    """Redis does not answer, or answered with an error."""


def make_client(settings: RedisSettings) -> Redis:
    """Return a client that gives up early: by default, it tries for four seconds.

    Raises:
        ValueError: There is no address.
    """
    if settings.redis_url is None:
        message = "REDIS_URL is not set; `make dev` starts a Valkey of its own"
        raise ValueError(message)
    pool = BlockingConnectionPool.from_url(
        settings.redis_url.get_secret_value(),
        max_connections=settings.redis_connections,
        timeout=settings.redis_timeout_seconds,  # of the wait for a free connection
        socket_timeout=settings.redis_timeout_seconds,
        socket_connect_timeout=settings.redis_timeout_seconds,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis.from_pool(pool)


class RedisConnection:
    """Asks Redis, and leaves it alone for a while when it does not answer."""

    def __init__(self, client: Redis) -> None:
        """Take the client."""
        self.client = client
        self._is_away = False
        self._next_attempt = 0.0

    async def ask(self, send: Callable[[], Awaitable[AnswerT]]) -> AnswerT:
        """Return what Redis answers.

        Args:
            send: Sends the command; not called while Redis is left alone.

        Raises:
            RedisUnavailable: It does not answer, or did not a moment ago.
        """
        now = monotonic()
        if self._is_away:
            if now < self._next_attempt:
                raise RedisUnavailable
            self._next_attempt = now + SECONDS_BETWEEN_ATTEMPTS  # only we try; others go on
        try:
            answer = await send()
        except (RedisError, OSError, TimeoutError) as error:
            self._note_away(error)
            raise RedisUnavailable from error
        if self._is_away:
            self._is_away = False
            log.info("redis_recovered")
        return answer

    async def ping(self) -> None:
        """Raise unless Redis answers; asked by readiness."""
        await self.ask(self.client.ping)

    def _note_away(self, error: Exception) -> None:
        self._next_attempt = monotonic() + SECONDS_BETWEEN_ATTEMPTS
        if not self._is_away:
            self._is_away = True
            log.warning("redis_unavailable", error=type(error).__name__)
