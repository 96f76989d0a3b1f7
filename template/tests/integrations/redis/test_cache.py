"""A cache that all processes share."""

import asyncio

import pytest
from redis.asyncio import Redis

from app.core.cache import Cache


async def test_a_value_is_stored_in_redis_until_it_expires(used_url: str) -> None:
    async def compute() -> int:
        return 7

    cache = Cache("probe", int, ttl=60)
    assert await cache.get("seven", compute) == 7
    async with Redis.from_url(used_url) as redis:
        assert await redis.get("cache:probe:seven") == b"7"
        assert 50 < await redis.ttl("cache:probe:seven") <= 60
        assert not await redis.exists("making:cache:probe:seven")
    await cache.invalidate("seven")
    async with Redis.from_url(used_url) as redis:
        assert not await redis.exists("cache:probe:seven")


@pytest.mark.usefixtures("used_url")
async def test_of_several_processes_that_miss_a_value_one_computes_it() -> None:
    calls: list[int] = []

    async def compute() -> int:
        calls.append(1)
        await asyncio.sleep(0.1)
        return 7

    processes = [Cache("probe", int, ttl=60) for _ in range(5)]  # each has a lock of its own
    values = await asyncio.gather(*(cache.get("seven", compute) for cache in processes))
    assert (values, calls) == ([7] * 5, [1])
