"""The Redis module: replaces the backends of rate limits, locks and the cache."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.cache import CacheBackend
from app.core.guards.locks import LockBackend
from app.core.guards.rate_limit import RateLimitBackend
from app.core.module import Module
from app.core.services import find, get, provide
from app.integrations.redis.cache import RedisCacheBackend
from app.integrations.redis.connection import RedisConnection, make_client
from app.integrations.redis.locks import RedisLockBackend
from app.integrations.redis.rate_limit import RedisRateLimitBackend
from app.integrations.redis.settings import RedisSettings


@asynccontextmanager
async def open_redis(_app: FastAPI) -> AsyncIterator[None]:
    """Use Redis while the service runs; without an address, the default backends stay."""
    settings = get(RedisSettings)
    if settings.redis_url is None:
        yield
        return
    async with make_client(settings) as client:
        connection = RedisConnection(client)
        counters = RedisRateLimitBackend(connection, get(RateLimitBackend))
        with (
            provide(RedisConnection, connection),
            provide(RateLimitBackend, counters),
            provide(LockBackend, RedisLockBackend(connection)),
            provide(CacheBackend, RedisCacheBackend(connection)),
        ):
            yield


async def ping_redis() -> None:
    """Raise unless Redis responds, or the service runs without it."""
    if connection := find(RedisConnection):
        await connection.ping()


module = Module(
    name="redis", open=open_redis, ping=ping_redis, required=False, settings=RedisSettings
)
