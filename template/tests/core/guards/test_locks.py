"""Locks of PostgreSQL never have two holders, even if the first is killed or frozen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.guards import LockLost, LockUnavailable, lock
from app.core.guards.locks import Lock, LockBackend
from app.core.services import provide
from tests.core.guards.lock_holders import (
    check_that_a_frozen_holder_loses_it,
    check_that_it_is_renewed,
    check_that_it_survives_a_killed_holder,
    check_that_one_at_a_time_works,
    is_taken,
)


@pytest.fixture
def environment(committed_database: AsyncEngine) -> dict[str, str]:
    return {"DATABASE_URL": committed_database.url.render_as_string(hide_password=False)}


async def test_processes_hold_a_lock_one_at_a_time(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    await check_that_one_at_a_time_works(tmp_path, environment)


async def test_a_lock_comes_free_when_its_holder_is_killed(environment: dict[str, str]) -> None:
    await check_that_it_survives_a_killed_holder(environment)


async def test_a_frozen_holder_loses_its_lock_and_notices(environment: dict[str, str]) -> None:
    await check_that_a_frozen_holder_loses_it(environment)


@pytest.mark.usefixtures("committed_database")
async def test_a_lock_is_kept_for_as_long_as_its_block_runs() -> None:
    await check_that_it_is_renewed(ttl=1.2)


@pytest.mark.usefixtures("committed_database")
async def test_a_lock_is_free_after_its_block_also_when_that_failed() -> None:
    with pytest.raises(ZeroDivisionError):
        async with lock("probe"):
            raise ZeroDivisionError
    assert not await is_taken()


@pytest.mark.usefixtures("committed_database")
async def test_locks_of_other_names_do_not_matter() -> None:
    async with lock("one") as one, lock("two") as two:
        assert one.fencing_token < two.fencing_token


@pytest.mark.usefixtures("committed_database")
async def test_who_waits_gets_the_lock_when_it_comes_free() -> None:
    order: list[str] = []

    async def work(name: str) -> None:
        async with lock("probe", wait=5):
            order.append(name)
            await asyncio.sleep(0.05)
            order.append(name)

    await asyncio.gather(work("one"), work("two"))
    assert order[0] == order[1] != order[2] == order[3]


@pytest.mark.usefixtures("committed_database")
async def test_a_taken_lock_is_refused_when_the_time_to_wait_is_over() -> None:
    async with lock("probe"):
        with pytest.raises(LockUnavailable):
            async with asyncio.timeout(20), lock("probe", wait=0.1):
                pass


END_LOCKERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_locks "
    "WHERE locktype = 'advisory' AND pid <> pg_backend_pid() "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


async def test_a_lock_whose_connection_ends_cancels_the_block(
    committed_database: AsyncEngine,
) -> None:
    async def work() -> None:
        async with lock("probe", ttl=0.5), committed_database.connect() as other:
            await other.execute(END_LOCKERS)
            await asyncio.sleep(5)

    with pytest.raises(LockLost):
        await work()


async def test_a_timeout_of_the_block_itself_stays_a_timeout(
    committed_database: AsyncEngine,
) -> None:
    assert committed_database
    with pytest.raises(TimeoutError):
        async with lock("probe"):
            raise TimeoutError


class UnreachableLock:
    async def acquire(self) -> int:
        return 1

    async def renew(self) -> None:
        """Return that it is unknown whether the lock is held."""


class UnreachableBackend:
    @asynccontextmanager
    async def open_lock(self, name: str, *, ttl: float) -> AsyncIterator[Lock]:
        assert (name, ttl) == ("probe", 0.2)
        yield UnreachableLock()


async def test_a_lock_that_cannot_be_renewed_in_time_cancels_the_block() -> None:
    started = asyncio.get_running_loop().time()
    with provide(LockBackend, UnreachableBackend()), pytest.raises(LockLost):
        async with lock("probe", ttl=0.2):
            await asyncio.sleep(5)
    assert 0.15 < asyncio.get_running_loop().time() - started < 4


@pytest.mark.parametrize(("name", "ttl", "wait"), [("", 1, 0), ("a b", 1, 0), ("a", 0, 0)])
async def test_a_lock_that_cannot_be_is_refused(name: str, ttl: float, wait: float) -> None:
    with pytest.raises(ValueError, match="a name without spaces"):
        async with lock(name, ttl=ttl, wait=wait):
            pass
