"""A cache that all processes share."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from app.core.cache import Cache
from tests.integrations.redis.conftest import AppOn


@pytest.fixture
async def opened(redis_url: str, app_on: AppOn) -> AsyncIterator[str]:
    app = app_on(redis_url)
    async with app.router.lifespan_context(app):
        yield redis_url


async def test_a_value_is_kept_in_redis_until_it_expires(opened: str) -> None:
    async def make() -> int:
        return 7

    cache = Cache("probe", int, ttl=60)
    assert await cache.get("seven", make) == 7
    async with Redis.from_url(opened) as redis:
        assert await redis.get("cache:probe:seven") == b"7"
        assert 50 < await redis.ttl("cache:probe:seven") <= 60
        assert not await redis.exists("making:cache:probe:seven")
    await cache.forget("seven")
    async with Redis.from_url(opened) as redis:
        assert not await redis.exists("cache:probe:seven")


@pytest.mark.usefixtures("opened")
async def test_of_several_processes_that_miss_a_value_one_makes_it() -> None:
    made: list[int] = []

    async def make() -> int:
        made.append(1)
        await asyncio.sleep(0.1)
        return 7

    processes = [Cache("probe", int, ttl=60) for _ in range(5)]  # each locks for itself only
    values = await asyncio.gather(*(cache.get("seven", make) for cache in processes))
    assert (values, made) == ([7] * 5, [1])
