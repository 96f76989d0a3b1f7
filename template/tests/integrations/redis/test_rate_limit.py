"""Rate limits that all processes count together."""

import asyncio
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis

from app.core.guards import RateLimit, RateLimited
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.services import get
from app.settings import Settings
from tests.integrations.redis.conftest import AppFor
from tests.serving import serving

LIMITED_SERVICE = """
from fastapi import Depends
from app import main
from app.core.guards import RateLimit
def create_app():
    app = main.create_app()
    @app.get("/limited", dependencies=[Depends(RateLimit("20/day"))])
    async def read_limited() -> str:
        return "fine"
    return app
"""

COUNT_OF_ADA = "rate:probe:2/hour:subject:ada"


async def test_several_processes_together_accept_exactly_the_limit(
    tmp_path: Path, settings: Settings, redis_url: str
) -> None:
    assert settings.database_url
    environment = {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "REDIS_URL": redis_url,
        "REDIS_TIMEOUT_SECONDS": "2",
    }
    with ExitStack() as stack:
        folders = [tmp_path / str(number) for number in range(3)]
        for folder in folders:
            folder.mkdir()
        servers = [
            stack.enter_context(serving(LIMITED_SERVICE, folder=folder, environment=environment))
            for folder in folders
        ]
        async with httpx2.AsyncClient(timeout=60) as client:
            requests = [client.get(f"{server.address}/limited") for server in servers * 20]
            responses = await asyncio.gather(*requests)
    assert sorted(response.status_code for response in responses) == [200] * 20 + [429] * 40


async def test_a_quota_is_given_back_by_time_or_at_once(redis_url: str, app_for: AppFor) -> None:
    app = app_for(redis_url)
    limit = RateLimit("2/hour", name="probe")
    async with app.router.lifespan_context(app), Redis.from_url(redis_url) as redis:
        for _ in range(2):
            await limit.count("ada")
        with pytest.raises(RateLimited):
            await limit.count("ada")
        assert await redis.pexpire(COUNT_OF_ADA, 1)
        await asyncio.sleep(0.02)
        await limit.count("ada")
        assert 1790 < await redis.ttl(COUNT_OF_ADA) <= 1800
        await limit.forgive("ada")
        assert not await redis.exists(COUNT_OF_ADA)


@pytest.mark.parametrize("rate", ["1/second", "7/minute", "997/day", "3/day"])
async def test_redis_and_a_process_count_alike(redis_url: str, app_for: AppFor, rate: str) -> None:
    app = app_for(redis_url)
    limit = RateLimit(rate, name="probe")
    async with app.router.lifespan_context(app):
        local, shared = InMemoryRateLimitBackend(), get(RateLimitBackend)
        for cost in (1, limit.amount - 1, 1, 0, -1, 1, 1, -limit.amount, 0):
            asked = {"amount": limit.amount, "seconds": limit.seconds, "cost": cost}
            ours, theirs = await local.hit("one", **asked), await shared.hit("one", **asked)
            assert (ours.is_exceeded, ours.remaining) == (theirs.is_exceeded, theirs.remaining)
            assert ours.seconds == pytest.approx(theirs.seconds, abs=0.1)


@pytest.mark.parametrize("stored", [1, 9 * 10**15])
async def test_a_value_of_another_clock_locks_nobody_out_for_long(
    redis_url: str, app_for: AppFor, stored: int
) -> None:
    app = app_for(redis_url)
    limit = RateLimit("2/hour", name="probe")
    async with app.router.lifespan_context(app), Redis.from_url(redis_url) as redis:
        await redis.set(COUNT_OF_ADA, stored)
        assert (await limit.try_count("ada")).seconds <= 1800
        await limit.forgive("ada")
        await limit.count("ada")
