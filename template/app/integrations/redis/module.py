"""What Redis plugs into the service: where it counts, locks and caches from then on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.cache import cache_in
from app.core.guards.locks import lock_in
from app.core.guards.rate_limit import LOCAL_COUNTERS, count_in
from app.core.module import Module
from app.core.services import get
from app.integrations.redis.cache import RedisCacheBackend
from app.integrations.redis.connection import RedisConnection, make_client
from app.integrations.redis.locks import RedisLockBackend
from app.integrations.redis.rate_limit import RedisRateLimitBackend
from app.integrations.redis.settings import RedisSettings

_links: list[RedisConnection] = []


@asynccontextmanager
async def open_redis(app: FastAPI) -> AsyncIterator[None]:
    """Use Redis while the service runs; nothing happens where no address is set."""
    settings = get(RedisSettings)
    if settings.redis_url is None:
        yield
        return
    async with make_client(settings) as client:
        link = RedisConnection(client)
        _links.append(link)
        counters = RedisRateLimitBackend(link, LOCAL_COUNTERS)
        try:
            with (
                count_in(counters),
                lock_in(RedisLockBackend(link)),
                cache_in(RedisCacheBackend(link)),
            ):
                yield
        finally:
            _links.remove(link)


async def ping_redis() -> None:
    """Raise unless Redis answers, or the service runs without."""
    for link in _links:
        await link.ping()


module = Module(
    name="redis",
    open=open_redis,
    ping=ping_redis,
    settings=RedisSettings,
    required=False,
)
