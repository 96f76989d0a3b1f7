"""The database goes away, comes back, drops connections; requests get 503 or notice nothing."""

import asyncio
from threading import Thread

import asyncpg
import pytest
from fastapi import APIRouter
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import ReadSession, Session, connections
from app.core.db.errors import SchemaChanged
from app.core.db.revisions import check_database
from app.core.errors import Unavailable
from app.settings import Settings
from tests.core.conftest import Logged, Reopen, Serve
from tests.core.db.gateways import Gateway, where


def asking_router() -> APIRouter:
    router = APIRouter()

    @router.get("/ask")
    async def ask(session: ReadSession) -> int:
        return await session.scalar(text("select 42")) or 0

    @router.get("/killed")
    async def be_killed(session: Session) -> None:
        await session.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    return router


async def test_an_unavailable_database_is_503_until_it_returns(
    serve: Serve, settings: Settings, reopen: Reopen
) -> None:
    client, gateway = serve(asking_router()), Gateway(settings)
    async with gateway.open():
        address = gateway.address()
    async with reopen(database_url=address, database_connect_seconds=0.5):
        answer = await client.get("/ask")
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "database_unavailable"
        assert int(answer.headers["retry-after"]) > 0
        async with gateway.open():
            assert (await client.get("/ask")).json() == 42


async def test_a_database_that_takes_no_more_connections_is_503(
    serve: Serve, committed_database: AsyncEngine, reopen: Reopen
) -> None:
    async with committed_database.connect() as connection:
        await connection.execute(text("create role crowded login connection limit 0"))
        try:
            await connection.commit()
            url = committed_database.url.set(username="crowded")
            address = SecretStr(url.render_as_string(hide_password=False))
            async with reopen(database_url=address):
                answer = await serve(asking_router()).get("/ask")
        finally:
            await connection.execute(text("drop role crowded"))
            await connection.commit()
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "database_unavailable"


async def test_a_connection_killed_in_a_request_is_503_and_the_next_request_works(
    serve: Serve, reopen: Reopen
) -> None:
    client = serve(asking_router())
    async with reopen():
        answer = await client.get("/killed")
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "database_unavailable"
        assert (await client.get("/ask")).json() == 42


async def test_a_connection_that_was_closed_while_idle_is_replaced(
    serve: Serve, reopen: Reopen
) -> None:
    client = serve(asking_router())
    async with reopen(database_pool_size=1) as engine:
        kill_backend(engine, await backend_of(engine))
        await asyncio.sleep(0.02)
        assert (await client.get("/ask")).json() == 42


async def test_a_connection_that_rested_long_is_checked_before_use(
    serve: Serve, reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS_BEFORE_CHECK", 0)
    client = serve(asking_router())
    async with reopen(database_pool_size=1) as engine:
        kill_backend(engine, await backend_of(engine))  # the event loop has not heard of it yet
        assert (await client.get("/ask")).json() == 42


async def test_a_connection_that_rested_long_and_is_fine_is_used_again(
    serve: Serve, reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS_BEFORE_CHECK", 0)
    client = serve(asking_router())
    async with reopen(database_pool_size=1) as engine:
        backend = await backend_of(engine)
        assert (await client.get("/ask")).json() == 42
        assert await backend_of(engine) == backend


async def test_a_silent_connection_is_replaced(
    serve: Serve, settings: Settings, reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS_BEFORE_CHECK", 0)
    monkeypatch.setattr(connections, "CHECK_SECONDS", 0.5)
    client, gateway = serve(asking_router()), Gateway(settings)
    async with (
        asyncio.timeout(40),
        gateway.open(),
        reopen(database_url=gateway.address(), database_pool_size=1),
    ):
        assert (await client.get("/ask")).json() == 42
        gateway.silence()
        assert (await client.get("/ask")).json() == 42


async def test_an_old_connection_is_not_used_again(reopen: Reopen) -> None:
    async with reopen(database_pool_size=1, database_pool_recycle_seconds=1) as engine:
        backend = await backend_of(engine)
        await asyncio.sleep(1.1)
        assert await backend_of(engine) != backend


async def test_a_transaction_has_limits_that_end_with_it(serve: Serve, reopen: Reopen) -> None:
    router = APIRouter()

    @router.get("/limits")
    async def read_limits(session: Session, later: ReadSession) -> list[str]:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        limits = [await session.scalar(text(f"show {name}")) or "" for name in names]
        await session.commit()
        return [*limits, await later.scalar(text("show lock_timeout")) or ""]

    async with reopen(database_pool_size=1):
        assert (await serve(router).get("/limits")).json() == ["31s", "10s", "1min", "0"]


@pytest.mark.parametrize(
    "limit", ["database_lock_timeout_seconds", "database_idle_timeout_seconds"]
)
async def test_who_waits_for_a_lock_or_idles_too_long_gets_503(
    serve: Serve, reopen: Reopen, limit: str
) -> None:
    router, idled = APIRouter(), limit == "database_idle_timeout_seconds"
    statement = text("select pg_advisory_xact_lock(5318008)")

    @router.get("/hold")
    async def hold(session: Session) -> None:
        await session.execute(statement)
        if idled:
            await asyncio.sleep(1)
            await session.execute(statement)
        elif not (await client.get("/hold")).is_success:
            raise LockHeldUp

    client = serve(router)
    async with reopen(**{limit: 0.2}), asyncio.timeout(60):
        answer = await client.get("/hold")
    expected = "database_unavailable" if idled else LockHeldUp.code
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, expected)


async def test_values_that_cannot_be_sent_leave_nothing_behind(reopen: Reopen) -> None:
    statement = text("select 1 from idempotency_keys where status = cast(:number as smallint)")
    held = text(
        "select count(*) from pg_locks where relation = 'idempotency_keys'::regclass "
        "and database = (select oid from pg_database where datname = current_database())"
    )
    async with reopen() as engine, engine.connect() as one, engine.connect() as two:
        with pytest.raises(DBAPIError, match="out of int16 range"):
            await one.execute(statement, {"number": 2**40})
        assert await two.scalar(held) == 0


CHANGES = {
    "a wider column": "alter table probe_palettes alter main type varchar(20)",
    "a new column": "alter table probe_palettes add extra int",
    "a type that was created anew": """
        alter type probe_colour rename to probe_colour_old;
        create type probe_colour as enum ('red', 'blue');
        alter table probe_palettes alter other type probe_colour using other::text::probe_colour;
        drop type probe_colour_old
    """,
}


async def run(database: AsyncEngine, script: str) -> None:
    connection = await asyncpg.connect(**where(database.url))
    await connection.execute(script)
    await connection.close()


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_migration_under_running_processes_is_never_500(
    serve: Serve, committed_database: AsyncEngine, change: str
) -> None:
    router = APIRouter()

    @router.get("/palettes")
    async def read_palettes(session: ReadSession) -> int:
        red = text("select count(main) from probe_palettes where other = :other")
        count = await session.scalar(red, {"other": "red"})
        assert len((await session.execute(text("select * from probe_palettes"))).all()) == count
        return count or 0

    @router.post("/palettes")
    async def change_palettes(session: Session) -> int:
        return len((await session.execute(text("select * from probe_palettes for update"))).all())

    await run(committed_database, "create type probe_colour as enum ('red')")
    await run(committed_database, "create table probe_palettes (main text, other probe_colour)")
    client = serve(router)
    for request in (client.get, client.post):
        await run(committed_database, "insert into probe_palettes values ('a', 'red')")
        assert (await request("/palettes")).is_success
    await run(committed_database, change)
    assert (await client.get("/palettes")).json() == 2


async def test_a_migration_under_a_running_transaction_is_503(
    serve: Serve, committed_database: AsyncEngine
) -> None:
    router = APIRouter()

    @router.post("/palettes")
    async def change_palettes(session: Session) -> None:
        await session.execute(text("select * from probe_palettes for update"))

    await run(committed_database, "create table probe_palettes (main varchar(10))")
    client = serve(router)
    assert (await client.post("/palettes")).is_success
    await run(committed_database, "alter table probe_palettes alter main type varchar(20)")
    answer = await client.post("/palettes")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, SchemaChanged.code)
    assert "retry-after" in answer.headers
    assert (await client.post("/palettes")).is_success


async def test_a_failed_statement_counts_as_database_time(
    serve: Serve, reopen: Reopen, logged: Logged
) -> None:
    router = APIRouter()

    @router.get("/slow")
    async def wait_too_long(session: Session) -> None:
        await session.execute(text("select pg_sleep(5)"))

    async with reopen(database_statement_timeout_seconds=0.5):
        await check_database()  # a first connection asks for the server's version and the like
        await serve(router).get("/slow")
    line = logged("request")[0]
    assert line["queries"] == 1
    assert line["db_ms"] >= 400


async def backend_of(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(text("select pg_backend_pid()")) or 0


def kill_backend(engine: AsyncEngine, backend: int) -> None:
    """Kill it from another thread, and let no event of this loop come between."""

    async def kill() -> None:
        connection = await asyncpg.connect(**where(engine.url))
        await connection.execute("select pg_terminate_backend($1, 5000)", backend)
        await connection.close()

    thread = Thread(target=lambda: asyncio.run(kill()))
    thread.start()
    thread.join()


class LockHeldUp(Unavailable):
    code = "lock_held_up"
