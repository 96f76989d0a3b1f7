"""The service behind a real PgBouncer in transaction mode that has two connections to share."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import ReadSession, Session
from app.core.db.session import create_engine, transactional
from app.core.guards import lock
from app.settings import Environment, Pooler, Settings
from tests.core.conftest import Reopen, Serve
from tests.core.db.pgbouncer import SERVER_CONNECTIONS, pooled
from tests.core.guards.idempotent_routes import (
    KEY,
    count_kept,
    count_probes,
)
from tests.core.guards.idempotent_routes import (
    router as idempotent_router,
)
from tests.core.guards.lock_holders import (
    check_that_a_frozen_holder_loses_it,
    check_that_it_survives_a_killed_holder,
    check_that_one_at_a_time_works,
    is_taken,
)
from tests.core.probes import Probe

pytestmark = pytest.mark.usefixtures("tables")


@dataclass(frozen=True)
class Pooled:
    """A database behind a pooler, and the settings that announce it."""

    address: str
    pooler: Pooler

    @property
    def changes(self) -> dict[str, Any]:
        return {"database_url": SecretStr(self.address), "database_pooler": self.pooler}

    @property
    def environment(self) -> dict[str, str]:
        return {"DATABASE_URL": self.address, "DATABASE_POOLER": self.pooler}

    @property
    def settings(self) -> Settings:
        return Settings(environment=Environment.TEST, **self.changes)


@pytest.fixture(params=[True, False], ids=["keeps_statements", "loses_statements"])
def database_behind(
    request: pytest.FixtureRequest, committed_database: AsyncEngine
) -> Iterator[Pooled]:
    """The test's database, behind a PgBouncer as Neon's, and behind an old one."""
    with pooled(committed_database.url, keeps_statements=request.param) as url:
        pooler = Pooler.NONE if request.param else Pooler.TRANSACTION
        yield Pooled(url.render_as_string(hide_password=False), pooler)


@pytest.fixture
async def through_pooler(database_behind: Pooled, reopen: Reopen) -> AsyncIterator[AsyncEngine]:
    """The session factories, bound to the database through the pooler."""
    async with reopen(**database_behind.changes) as engine:
        yield engine


def adding_router() -> APIRouter:
    router = APIRouter()

    @router.post("/probes/{name}")
    async def add_probe(session: Session, name: str) -> int:
        session.add(Probe(name=name))
        await session.flush()
        return await session.scalar(select(func.count()).where(Probe.name == name)) or 0

    @router.get("/echo/{number}")
    async def read_number(session: ReadSession, number: int) -> int:
        # As many statements as clients, and the same ones again: all are prepared somewhere.
        statement = text(f"select {number} * 1000 + cast(:number as integer)")
        return await session.scalar(statement, {"number": number}) or 0

    return router


@pytest.mark.usefixtures("through_pooler")
async def test_more_requests_than_connections_get_their_own_answers(serve: Serve) -> None:
    client = serve(adding_router())

    async def ask(number: int) -> None:
        for _ in range(5):
            answer = await client.get(f"/echo/{number}")
            assert answer.json() == number * 1001
        assert (await client.post(f"/probes/{number}")).json() == 1

    async with asyncio.timeout(120):
        await asyncio.gather(*(ask(number) for number in range(12)))
    assert await count_probes() == 12


async def test_several_processes_share_the_connections_of_the_pooler(
    database_behind: Pooled,
) -> None:
    engines = [create_engine(database_behind.settings) for _ in range(4)]

    async def ask(engine: AsyncEngine, number: int) -> None:
        for turn in range(20):
            reads_only = turn % 2
            async with AsyncSession(engine if reads_only else transactional(engine)) as session:
                statement = text(f"select {number} * 1000 + cast(:turn as integer)")
                for _ in range(2):
                    assert await session.scalar(statement, {"turn": turn}) == number * 1000 + turn

    try:
        async with asyncio.timeout(120):
            tasks = [ask(engine, number) for number in range(4) for engine in engines]
            await asyncio.gather(*tasks)
    finally:
        for engine in engines:
            await engine.dispose()


@pytest.mark.usefixtures("through_pooler")
async def test_limits_hold_for_one_transaction_and_no_further(serve: Serve) -> None:
    router = APIRouter()

    async def read(session: AsyncSession) -> list[str]:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        return [await session.scalar(text(f"show {name}")) or "" for name in names]

    @router.get("/within")
    async def read_limits(session: Session) -> list[str]:
        return await read(session)

    @router.get("/afterwards")
    async def read_what_stayed(session: ReadSession) -> list[str]:
        return await read(session)

    client = serve(router)
    assert (await client.get("/within")).json() == ["31s", "10s", "1min"]
    for _ in range(4):
        assert (await client.get("/afterwards")).json() == ["0", "0", "0"]


@pytest.mark.usefixtures("through_pooler")
async def test_a_key_sent_many_times_at_once_has_one_effect(serve: Serve) -> None:
    client = serve(idempotent_router)

    async def send() -> httpx2.Response:
        return await client.post("/probes?user=ada", json={"name": "one"}, headers=KEY)

    async with asyncio.timeout(120):
        answers = await asyncio.gather(*(send() for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert (await send()).headers["idempotency-replayed"] == "true"
    assert (await count_probes(), await count_kept()) == (1, 1)


async def test_processes_hold_a_lock_one_at_a_time(tmp_path: Path, database_behind: Pooled) -> None:
    await check_that_one_at_a_time_works(tmp_path, database_behind.environment)


@pytest.mark.usefixtures("through_pooler")
async def test_a_lock_comes_free_when_its_holder_is_killed(database_behind: Pooled) -> None:
    await check_that_it_survives_a_killed_holder(database_behind.environment)


@pytest.mark.usefixtures("through_pooler")
async def test_a_frozen_holder_loses_its_lock_and_notices(database_behind: Pooled) -> None:
    await check_that_a_frozen_holder_loses_it(database_behind.environment)


@pytest.mark.usefixtures("through_pooler")
async def test_a_lock_has_one_holder_and_is_free_afterwards() -> None:
    async with lock("probe", ttl=60):
        assert await is_taken()
    assert not await is_taken()


async def test_a_command_copies_rows_while_others_do(database_behind: Pooled) -> None:
    async def copy(number: int) -> int:
        engine = create_engine(database_behind.settings)
        async with transactional(engine).begin() as connection:
            await connection.execute(
                text("create temporary table aside (number integer) on commit drop")
            )
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver
            rows = [(number,)] * number
            await driver.copy_records_to_table("aside", columns=["number"], records=rows)
            total = await connection.scalar(text("select sum(number) from aside")) or 0
        await engine.dispose()  # some versions keep a connection that copied until its client ends
        return total

    async with asyncio.timeout(120):
        totals = await asyncio.gather(*(copy(number) for number in range(1, 9)))
    assert totals == [number * number for number in range(1, 9)]


async def test_values_that_cannot_be_sent_block_no_other_request(database_behind: Pooled) -> None:
    engines = [create_engine(database_behind.settings) for _ in range(SERVER_CONNECTIONS + 1)]
    statement = text("select cast(:number as integer)")
    async with asyncio.timeout(120):
        for engine in engines:
            async with engine.connect() as connection:
                with pytest.raises(DBAPIError, match="out of int32 range"):
                    await connection.scalar(statement, {"number": 2**40})
        for engine in engines:
            await engine.dispose()
