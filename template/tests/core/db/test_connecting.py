"""The service waits for a sleeping database, and fails fast when it is unavailable."""

import asyncio
from contextlib import suppress
from ssl import SSLCertVerificationError
from time import monotonic
from typing import Any, cast

import asyncpg
import httpx2
import pytest
from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import ReadSession, connecting
from app.core.db.connecting import DatabaseUnavailable, RetryingConnector
from app.settings import Settings
from tests.core.conftest import Reopen, Serve
from tests.core.db.gateways import Gateway, where
from tests.waiting import wait_until


@pytest.fixture
async def gateway(settings: Settings) -> Gateway:
    """A way to the database that is closed."""
    gateway = Gateway(settings)
    async with gateway.open():
        pass
    return gateway


def asking_router() -> APIRouter:
    router = APIRouter()

    @router.get("/ask")
    async def ask(session: ReadSession) -> int:
        return await session.scalar(text("select 42")) or 0

    return router


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("57P03", "the database system is starting up"),
        ("XX000", "Couldn't connect to compute node"),
        ("08P01", "server login has been failing, try again later (server_login_retry)"),
    ],
)
async def test_requests_wait_for_a_database_that_starts_up(
    serve: Serve, gateway: Gateway, reopen: Reopen, state: str, message: str
) -> None:
    client = serve(asking_router())
    async with reopen(database_url=gateway.address(), database_connect_seconds=60):
        async with gateway.refuse(state, message):
            asked = [asyncio.create_task(client.get("/ask")) for _ in range(8)]
            await wait_until(lambda: gateway.visits > 8)
            assert not any(task.done() for task in asked)
        async with gateway.open():
            answers = await asyncio.gather(*asked)
    assert [answer.json() for answer in answers] == [42] * 8


async def test_a_request_waits_for_a_database_that_cannot_be_reached_yet(
    serve: Serve, gateway: Gateway, reopen: Reopen
) -> None:
    async with reopen(database_url=gateway.address(), database_connect_seconds=60):
        asked = asyncio.create_task(serve(asking_router()).get("/ask"))
        await asyncio.sleep(0.5)
        assert not asked.done()
        async with gateway.open():
            assert (await asked).json() == 42


async def test_a_stale_connection_is_replaced_while_the_database_wakes(
    serve: Serve, gateway: Gateway, reopen: Reopen
) -> None:
    client = serve(asking_router())
    async with reopen(
        database_url=gateway.address(), database_connect_seconds=60, database_pool_size=1
    ) as engine:
        async with gateway.open():
            backend = await backend_of(engine)
        await end(backend, gateway)
        async with gateway.refuse("57P03", "the database system is starting up"):
            visits = gateway.visits
            asked = asyncio.create_task(client.get("/ask"))
            await wait_until(lambda: gateway.visits > visits + 1)
        async with gateway.open():
            assert (await asked).json() == 42


async def test_a_wrong_password_fails_at_once(gateway: Gateway, reopen: Reopen) -> None:
    async with (
        reopen(database_url=gateway.address(), database_connect_seconds=60) as engine,
        gateway.refuse("28P01", "password authentication failed"),
    ):
        visits = gateway.visits
        with pytest.raises(DBAPIError, match="password authentication failed"):
            await backend_of(engine)
        assert gateway.visits == visits + 1


async def test_a_host_that_is_not_known_fails_at_once(serve: Serve, reopen: Reopen) -> None:
    address = Settings(database_url="postgresql://db.invalid/app").database_url
    async with asyncio.timeout(50), reopen(database_url=address, database_connect_seconds=60):
        answer = await serve(asking_router()).get("/ask")
    assert answer.json()["error"]["code"] == "database_unavailable"


async def test_a_database_that_stays_unavailable_is_503_in_time(
    serve: Serve, gateway: Gateway, reopen: Reopen
) -> None:
    client = serve(asking_router())

    async def ask() -> httpx2.Response:
        return await client.get("/ask")

    async with (
        asyncio.timeout(40),
        reopen(database_url=gateway.address(), database_connect_seconds=0.5),
    ):
        answers = await asyncio.gather(*(ask() for _ in range(20)))
    for answer in answers:
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert answer.json()["error"]["code"] == "database_unavailable"


class FakeDatabase:
    """Answers `connect` as the test says, and counts who comes."""

    def __init__(self) -> None:
        self.error: Exception | None = ConnectionRefusedError()
        self.visits = self.inside = self.most_inside = 0
        self.hangs = asyncio.Event()
        self.hangs.set()

    async def connect(self, **options: Any) -> asyncpg.Connection:
        self.visits += 1
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            async with asyncio.timeout(options["timeout"]):
                await self.hangs.wait()
            await asyncio.sleep(0)
            if self.error:
                raise self.error
        finally:
            self.inside -= 1
        return cast("asyncpg.Connection", self)


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> FakeDatabase:
    monkeypatch.setattr(connecting, "RETRY_SECONDS", 0.01)
    return FakeDatabase()


async def give_up(connector: RetryingConnector) -> None:
    with pytest.raises(DatabaseUnavailable):
        await connector()


async def test_one_at_a_time_tries_while_the_others_wait(database: FakeDatabase) -> None:
    connector = RetryingConnector(seconds=60, connect=database.connect)
    first = asyncio.create_task(connector())
    await wait_until(lambda: database.visits > 1)
    database.most_inside = 0
    others = [asyncio.create_task(connector()) for _ in range(10)]
    visits = database.visits
    await wait_until(lambda: database.visits > visits + 20)
    assert database.most_inside == 1
    database.error = None
    assert await asyncio.gather(first, *others) == [database] * 11


async def test_one_looks_while_the_others_are_refused_until_it_is_back(
    database: FakeDatabase,
) -> None:
    connector = RetryingConnector(seconds=60, connect=database.connect)
    connector._last_failure = monotonic()
    connector._failing_since = connector._last_failure - 61
    database.hangs.clear()
    looking = asyncio.create_task(connector())
    await wait_until(lambda: database.inside)
    await give_up(connector)
    assert database.visits == 1
    database.hangs.set()
    with pytest.raises(DatabaseUnavailable):
        await looking
    database.error = None
    assert await connector() is database


async def test_a_caller_that_disconnects_while_waiting_blocks_no_other(
    database: FakeDatabase,
) -> None:
    connector = RetryingConnector(seconds=60, connect=database.connect)
    tasks = [asyncio.create_task(connector()) for _ in range(5)]
    await wait_until(lambda: database.visits > 10)
    for task in tasks[:4]:
        task.cancel()
    for task in tasks[:4]:
        with suppress(asyncio.CancelledError):
            await task
    database.error = None
    assert await tasks[4] is database


async def test_a_database_is_waited_for_again_after_an_earlier_outage(
    database: FakeDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = RetryingConnector(seconds=0.2, connect=database.connect)
    await give_up(connector)
    visits = database.visits
    await give_up(connector)
    assert database.visits == visits + 1  # it only looked
    monkeypatch.setattr(connecting, "RESET_AFTER_SECONDS", 0)
    await asyncio.sleep(0.05)
    await give_up(connector)
    assert database.visits > visits + 2


async def test_a_database_that_never_answers_takes_no_longer(database: FakeDatabase) -> None:
    database.hangs.clear()
    async with asyncio.timeout(30):
        await give_up(RetryingConnector(seconds=0.3, connect=database.connect))


@pytest.mark.parametrize("error", [SSLCertVerificationError(), PermissionError()])
async def test_a_permanent_error_is_not_waited_for(database: FakeDatabase, error: OSError) -> None:
    database.error = error
    await give_up(RetryingConnector(seconds=60, connect=database.connect))
    assert database.visits == 1


async def backend_of(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(text("select pg_backend_pid()")) or 0


async def end(backend: int, gateway: Gateway) -> None:
    """End a connection as a database does that goes to sleep."""
    connection = await asyncpg.connect(**where(gateway.url))
    await connection.execute("select pg_terminate_backend($1, 5000)", backend)
    await connection.close()
