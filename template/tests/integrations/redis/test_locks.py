"""Locks in Redis: never two holders, whatever happens to the first."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.core.guards import LockLost, lock
from app.integrations.redis.locks import LockBackendUnavailable
from app.settings import Settings
from tests.core.guards.lock_holders import (
    check_that_a_frozen_holder_loses_it,
    check_that_it_is_renewed,
    check_that_it_survives_a_killed_holder,
    check_that_one_at_a_time_works,
    is_taken,
)
from tests.integrations.redis.conftest import AppOn, OwnValkey


@pytest.fixture
def environment(settings: Settings, redis_url: str) -> dict[str, str]:
    assert settings.database_url
    return {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "REDIS_URL": redis_url,
        "REDIS_TIMEOUT_SECONDS": "2",
    }


@pytest.fixture
async def opened(redis_url: str, app_on: AppOn) -> AsyncIterator[str]:
    app = app_on(redis_url)
    async with app.router.lifespan_context(app):
        yield redis_url


@pytest.mark.usefixtures("opened")
async def test_processes_hold_a_lock_one_at_a_time(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    await check_that_one_at_a_time_works(tmp_path, environment)


@pytest.mark.usefixtures("opened")
async def test_a_lock_comes_free_when_its_holder_is_killed(environment: dict[str, str]) -> None:
    await check_that_it_survives_a_killed_holder(environment)


@pytest.mark.usefixtures("opened")
async def test_a_frozen_holder_loses_its_lock_and_notices(environment: dict[str, str]) -> None:
    await check_that_a_frozen_holder_loses_it(environment)


@pytest.mark.usefixtures("opened")
async def test_a_lock_is_kept_for_as_long_as_its_block_runs() -> None:
    await check_that_it_is_renewed(ttl=1.2)


async def test_a_lock_that_went_to_another_is_not_released_for_them(opened: str) -> None:
    async def work() -> None:
        async with lock("probe", ttl=0.3), Redis.from_url(opened) as redis:
            await redis.set("lock:probe", "another")
            await asyncio.sleep(5)

    with pytest.raises(LockLost):
        await work()
    assert await is_taken()


async def test_fences_rise_though_redis_lost_its_data(opened: str) -> None:
    async with lock("probe") as first, Redis.from_url(opened) as redis:
        await redis.flushdb()
    async with lock("probe") as second:
        assert second.fencing_token > first.fencing_token


async def test_while_redis_is_away_nobody_gets_a_lock_and_holders_lose_theirs(
    own_valkey: OwnValkey, app_on: AppOn
) -> None:
    async def work() -> None:
        async with lock("probe", ttl=0.6):
            own_valkey.kill()
            await asyncio.sleep(5)

    app = app_on(own_valkey.url)
    async with app.router.lifespan_context(app):
        with pytest.raises(LockLost):
            await work()
        with pytest.raises(LockBackendUnavailable):
            await is_taken()
