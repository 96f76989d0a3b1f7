"""What Redis plugs into the service: where it counts, locks and caches from then on."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.cache import cache_in
from app.core.configuration import settings_of
from app.core.locks import lock_in
from app.core.module import Module
from app.core.rate_limit import LOCAL_COUNTERS, count_in
from app.integrations.redis.cache import RedisStore
from app.integrations.redis.counters import RedisCounters
from app.integrations.redis.link import RedisLink, make_client
from app.integrations.redis.locks import RedisLocks
from app.integrations.redis.settings import RedisSettings

_links: list[RedisLink] = []


@asynccontextmanager
async def open_redis(app: FastAPI) -> AsyncIterator[None]:
    """Use Redis while the service runs; nothing happens where no address is set."""
    settings = settings_of(app, RedisSettings)
    if settings.redis_url is None:
        yield
        return
    async with make_client(settings) as client:
        link = RedisLink(client)
        _links.append(link)
        counters = RedisCounters(link, LOCAL_COUNTERS)
        try:
            with count_in(counters), lock_in(RedisLocks(link)), cache_in(RedisStore(link)):
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
    is_needed=False,
)
