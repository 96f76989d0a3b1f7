"""A way to the tests' server over TCP that opens and closes, falls silent, or says no."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr
from sqlalchemy import URL, make_url

from app.settings import Settings

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def where(url: URL) -> dict[str, Any]:
    """Return the arguments with which asyncpg connects to the server at an address."""
    return {
        "host": url.query.get("host") or url.host,
        "port": url.port or int(str(url.query.get("port", 5432))),
        "user": url.username,
        "password": url.password,
        "database": url.database,
    }


class Gateway:
    """Its port stays the same while it opens and closes."""

    def __init__(self, settings: Settings) -> None:
        assert settings.database_url
        self.url = make_url(settings.database_url.get_secret_value())
        self.port = 0
        self.visits = 0
        self._ways: set[asyncio.Event] = set()

    def address(self) -> SecretStr:
        """Return the address of the database through here."""
        url = self.url.set(host="127.0.0.1", port=self.port, query={"sslmode": "disable"})
        return SecretStr(url.render_as_string(hide_password=False))

    def silence(self) -> None:
        """Let nothing through any more on the connections that there are; they stay open."""
        for way in self._ways:
            way.clear()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Let everything through, until the block ends."""
        async with self._answer(self._connect):
            yield

    @asynccontextmanager
    async def refuse(self, state: str, message: str) -> AsyncIterator[None]:
        """Answer every connection with an error of PostgreSQL, until the block ends."""
        fields = f"SFATAL\0VFATAL\0C{state}\0M{message}\0\0".encode()

        async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            (length,) = struct.unpack("!i", await reader.readexactly(4))
            await reader.readexactly(length - 4)
            writer.write(b"E" + struct.pack("!i", len(fields) + 4) + fields)
            await writer.drain()
            writer.close()

        async with self._answer(refuse):
            yield

    @asynccontextmanager
    async def _answer(self, answer: Answer) -> AsyncIterator[None]:
        async def visit(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.visits += 1
            await answer(reader, writer)

        server = await asyncio.start_server(visit, "127.0.0.1", self.port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = where(self.url)
        host, port = str(target["host"]), target["port"]
        if host.startswith("/"):
            opening = asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            opening = asyncio.open_connection(host, port)
        far_reader, far_writer = await opening
        way = asyncio.Event()
        way.set()
        self._ways.add(way)
        await asyncio.gather(_pass_on(reader, far_writer, way), _pass_on(far_reader, writer, way))


async def _pass_on(
    source: asyncio.StreamReader, sink: asyncio.StreamWriter, way: asyncio.Event
) -> None:
    while data := await source.read(65536):
        if way.is_set():
            sink.write(data)
            await sink.drain()
    sink.close()
