"""Locks in Redis: never two holders, also when the first one dies or freezes."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot

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
from tests.integrations.redis.conftest import AppFor, OwnValkey


@pytest.fixture
def environment(settings: Settings, redis_url: str) -> dict[str, str]:
    assert settings.database_url
    return {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "REDIS_URL": redis_url,
        "REDIS_TIMEOUT_SECONDS": "2",
    }


@pytest.mark.usefixtures("used_url")
async def test_processes_hold_a_lock_one_at_a_time(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    await check_that_one_at_a_time_works(tmp_path, environment)


@pytest.mark.usefixtures("used_url")
async def test_a_lock_is_released_when_its_holder_is_killed(environment: dict[str, str]) -> None:
    await check_that_it_survives_a_killed_holder(environment)


@pytest.mark.usefixtures("used_url")
async def test_a_frozen_holder_loses_its_lock_and_notices(environment: dict[str, str]) -> None:
    await check_that_a_frozen_holder_loses_it(environment)


@pytest.mark.usefixtures("used_url")
async def test_a_lock_is_renewed_while_its_block_runs() -> None:
    await check_that_it_is_renewed(ttl=1.2)


async def test_a_lock_of_another_holder_is_not_released(used_url: str) -> None:
    async def work() -> None:
        async with lock("probe", ttl=0.3), Redis.from_url(used_url) as redis:
            await redis.set("lock:probe", "another")
            await asyncio.sleep(5)

    with pytest.raises(LockLost):
        await work()
    assert await is_taken()


async def test_fencing_tokens_rise_although_redis_has_lost_its_data(used_url: str) -> None:
    async with lock("probe") as first, Redis.from_url(used_url) as redis:
        await redis.flushdb()
    async with lock("probe") as second:
        assert second.fencing_token > first.fencing_token


@pytest.mark.parametrize("name", ["probe", "nightly{ada}"])
async def test_the_keys_of_a_lock_are_in_one_slot_of_a_cluster(used_url: str, name: str) -> None:
    async with lock(name), Redis.from_url(used_url) as redis:
        keys = {key for key in await redis.keys("*lock:*") if isinstance(key, bytes)}
        assert f"lock:{name}".encode() in keys
    assert (len(keys), len({key_slot(key) for key in keys})) == (2, 1)


async def test_without_redis_no_lock_is_acquired_and_holders_lose_theirs(
    own_valkey: OwnValkey, app_for: AppFor
) -> None:
    async def work() -> None:
        async with lock("probe", ttl=0.6):
            own_valkey.kill()
            await asyncio.sleep(5)

    app = app_for(own_valkey.url)
    async with app.router.lifespan_context(app):
        with pytest.raises(LockLost):
            await work()
        with pytest.raises(LockBackendUnavailable):
            await is_taken()
