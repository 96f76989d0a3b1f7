"""The Redis module: replaces the backends of rate limits, locks and the cache."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from ssl import SSLCertVerificationError

from fastapi import FastAPI
from redis.exceptions import AuthenticationError, MovedError, NoPermissionError

from app.core.cache import CacheBackend
from app.core.config import ConfigurationError
from app.core.guards.locks import LockBackend
from app.core.guards.rate_limit import RateLimitBackend
from app.core.module import Module
from app.core.services import find, get, provide
from app.integrations.redis.cache import RedisCacheBackend
from app.integrations.redis.connection import RedisConnection, RedisUnavailable, make_client
from app.integrations.redis.locks import RedisLockBackend
from app.integrations.redis.rate_limit import RedisRateLimitBackend
from app.integrations.redis.settings import RedisSettings

# Waiting does not help against these, unlike against an outage.
_MISCONFIGURED = (AuthenticationError, MovedError, NoPermissionError, SSLCertVerificationError)


@asynccontextmanager
async def open_redis(_app: FastAPI) -> AsyncIterator[None]:
    """Use Redis while the service runs; without an address, the default backends stay.

    Raises:
        ConfigurationError: Redis rejects the service. While it is unavailable, the service starts.
    """
    settings = get(RedisSettings)
    if settings.redis_url is None:
        yield
        return
    async with make_client(settings) as client, aclosing(RedisConnection(client)) as connection:
        await _check_access(connection)
        counters = RedisRateLimitBackend(connection, get(RateLimitBackend))
        with (
            provide(RedisConnection, connection),
            provide(RateLimitBackend, counters),
            provide(LockBackend, RedisLockBackend(connection)),
            provide(CacheBackend, RedisCacheBackend(connection)),
        ):
            yield


async def _check_access(connection: RedisConnection) -> None:
    try:
        await connection.ping()
    except RedisUnavailable as error:
        cause = error.__cause__
        for reason in (cause, cause and cause.__context__):
            if isinstance(reason, _MISCONFIGURED):
                message = (
                    f"The service cannot start. REDIS_URL: {type(reason).__name__}: {reason}\n"
                    f"Check the user, the password, their rights and the certificate; "
                    f"a cluster is unsupported."
                )
                raise ConfigurationError(message) from None


async def ping_redis() -> None:
    """Raise unless Redis responds, or the service runs without it."""
    if connection := find(RedisConnection):
        await connection.ping()


module = Module(
    name="redis", open=open_redis, ping=ping_redis, required=False, settings=RedisSettings
)
