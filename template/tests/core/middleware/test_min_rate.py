"""Clients that send or read slowly, on a real connection."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import orjson
import pytest
import uvicorn
from fastapi import FastAPI, Request
from starlette.responses import StreamingResponse

from app.core.api.exception_handlers import EXCEPTION_HANDLERS
from app.core.middleware import build_middleware
from app.settings import Environment, Settings
from tests.core.conftest import Logged
from tests.waiting import wait_until

GRACE = 0.5
CHUNK = b"x" * 65_536


class Served:
    """An app on a port of this machine."""

    def __init__(self) -> None:
        settings = Settings(
            environment=Environment.TEST,
            client_min_bytes_per_second=1_000_000,
            client_grace_seconds=GRACE,
        )
        self.app = FastAPI(
            middleware=build_middleware(settings), exception_handlers=EXCEPTION_HANDLERS
        )
        self.app.post("/bodies")(self.measure)
        self.app.get("/endless")(self.stream)

    async def measure(self, request: Request, wait: float = 0) -> int:
        await asyncio.sleep(wait)
        return len(await request.body())

    async def stream(self, chunks: int = 1_000_000, wait: float = 0) -> StreamingResponse:
        return StreamingResponse(self.generate(chunks, wait))

    async def generate(self, chunks: int, wait: float) -> AsyncIterator[bytes]:
        for _ in range(chunks):
            await asyncio.sleep(wait)
            yield CHUNK

    @asynccontextmanager
    async def connect(
        self, head: str
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """Serve the app, and send the head of a request."""
        config = uvicorn.Config(
            self.app, lifespan="off", log_level="critical", timeout_graceful_shutdown=5
        )
        server = uvicorn.Server(config)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            running = asyncio.create_task(server.serve(sockets=[listener]))
            await wait_until(lambda: server.started)
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            writer.write(head.encode())
            yield reader, writer
            writer.close()
            server.should_exit = True
            await running


@pytest.fixture
def served() -> Served:
    return Served()


def head(line: str, size: int = 0) -> str:
    length = f"Content-Length: {size}\r\n" if size else ""
    return f"{line} HTTP/1.1\r\nHost: test\r\n{length}\r\n"


async def trickle(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await asyncio.sleep(GRACE / 10)


async def test_a_body_that_trickles_is_408(served: Served) -> None:
    async with served.connect(head("POST /bodies", 1000)) as (reader, writer):
        trickling = asyncio.create_task(trickle(writer))
        response = await reader.readuntil(b"}}")
        trickling.cancel()
    headers, _, body = response.partition(b"\r\n\r\n")
    assert headers.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in headers.lower()
    error = orjson.loads(body)["error"]
    assert error["code"] == "request_timeout"
    assert "1000000 bytes a second" in error["message"]


async def test_a_body_may_pause_within_the_grace_period(served: Served) -> None:
    async with served.connect(head("POST /bodies", 4)) as (reader, writer):
        writer.write(b"ab")
        await asyncio.sleep(GRACE / 10)
        writer.write(b"cd")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")


async def test_a_client_that_does_not_read_is_disconnected(served: Served, logged: Logged) -> None:
    async with served.connect(head("GET /endless")) as (reader, _):
        await wait_until(lambda: logged("slow_reader"))
        unread = await reader.read()
    assert not unread.endswith(b"0\r\n\r\n")  # incomplete, so that no client takes it for whole
    assert logged("request")[0]["status"] == 499


async def test_the_time_of_the_service_is_not_counted(served: Served) -> None:
    async with served.connect(head(f"POST /bodies?wait={2 * GRACE}", 4)) as (reader, writer):
        writer.write(b"abcd")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    transport = httpx2.ASGITransport(served.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get("/endless", params={"chunks": 3, "wait": GRACE / 2})
    assert response.content == CHUNK * 3
