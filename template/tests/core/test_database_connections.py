"""The database goes away, comes back, drops connections; requests get 503 or notice nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Any

import asyncpg
import pytest
from fastapi import APIRouter
from pydantic import SecretStr
from sqlalchemy import URL, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core import database_connections
from app.core.database import ReadSession, Session, ping_database
from app.settings import Settings
from tests.core.conftest import Logged, Reopen, Serve


def asking_router() -> APIRouter:
    router = APIRouter()

    @router.get("/ask")
    async def ask(session: ReadSession) -> int:
        return await session.scalar(text("select 42")) or 0

    @router.get("/killed")
    async def be_killed(session: Session) -> None:
        await session.execute(text("select pg_terminate_backend(pg_backend_pid())"))

    return router


async def test_a_database_that_is_away_is_503_until_it_is_back(
    serve: Serve, settings: Settings, reopen: Reopen
) -> None:
    client, gateway = serve(asking_router()), Gateway(settings)
    async with gateway.open():
        address = gateway.address()
    async with reopen(database_url=address):
        answer = await client.get("/ask")
        assert answer.status_code == 503
        assert answer.json()["error"]["code"] == "database_unavailable"
        assert int(answer.headers["retry-after"]) > 0
        async with gateway.open():
            assert (await client.get("/ask")).json() == 42


async def test_a_database_that_takes_no_more_connections_is_503(
    serve: Serve, own_database: AsyncEngine, reopen: Reopen
) -> None:
    async with own_database.connect() as connection:
        await connection.execute(text("create role crowded login connection limit 0"))
        try:
            await connection.commit()
            url = own_database.url.set(username="crowded")
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
    monkeypatch.setattr(database_connections, "IDLE_SECONDS_BEFORE_CHECK", 0)
    client = serve(asking_router())
    async with reopen(database_pool_size=1) as engine:
        kill_backend(engine, await backend_of(engine))  # the event loop has not heard of it yet
        assert (await client.get("/ask")).json() == 42


async def test_a_failed_statement_counts_as_database_time(
    serve: Serve, reopen: Reopen, logged: Logged
) -> None:
    router = APIRouter()

    @router.get("/slow")
    async def wait_too_long(session: Session) -> None:
        await session.execute(text("select pg_sleep(5)"))

    async with reopen(database_statement_timeout_seconds=0.5):
        await ping_database()  # a first connection asks for the server's version and the like
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
        connection = await asyncpg.connect(**_where(engine.url))
        await connection.execute("select pg_terminate_backend($1, 5000)", backend)
        await connection.close()

    thread = Thread(target=lambda: asyncio.run(kill()))
    thread.start()
    thread.join()


def _where(url: URL) -> dict[str, Any]:
    return {
        "host": url.query.get("host") or url.host,
        "port": url.port or int(str(url.query.get("port", 5432))),
        "user": url.username,
        "password": url.password,
        "database": url.database,
    }


class Gateway:
    """A way to the tests' server that can be opened and closed; its port stays the same."""

    def __init__(self, settings: Settings) -> None:
        assert settings.database_url
        self.url = make_url(settings.database_url.get_secret_value())
        self.port = 0

    def address(self) -> SecretStr:
        url = self.url.set(host="127.0.0.1", port=self.port, query={})
        return SecretStr(url.render_as_string(hide_password=False))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        where = _where(self.url)
        host, port = str(where["host"]), where["port"]
        if host.startswith("/"):
            target = asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            target = asyncio.open_connection(host, port)
        far_reader, far_writer = await target
        await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()
