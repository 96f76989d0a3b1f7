"""Another service, on a real socket, that answers as a test wants: badly, as a rule."""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from time import time

from app.core.http import Timeouts

PATIENT = Timeouts(connect=60, read=60, write=60, pool=60)
"""Longer than a busy machine needs."""

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Clock:
    """Time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Seen:
    """A request that arrived."""

    line: str
    headers: dict[str, str]
    body: bytearray = field(default_factory=bytearray)
    at: float = field(default_factory=time)


class FakeUpstream:
    """Gives the answers in turn, then the last one again and again; one request a connection."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Seen] = []
        self._answers: deque[Answer] = deque([reply()])

    def answer_with(self, *answers: Answer) -> None:
        self._answers = deque(answers)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError, asyncio.IncompleteReadError):
            await self._read_request(reader)
            answer = self._answers.popleft() if len(self._answers) > 1 else self._answers[0]
            await answer(reader, writer)

    async def _read_request(self, reader: asyncio.StreamReader) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (line.partition(": ") for line in head[1:] if line)
        seen = Seen(head[0], {name.lower(): value for name, _, value in pairs})
        self.requests.append(seen)
        if "transfer-encoding" not in seen.headers:
            seen.body += await reader.readexactly(int(seen.headers.get("content-length", "0")))
            return
        while size := int(await reader.readuntil(b"\r\n"), 16):
            seen.body += (await reader.readexactly(size + 2))[:size]


@asynccontextmanager
async def open_upstream() -> AsyncIterator[FakeUpstream]:
    """Serve on a port of this machine while the block runs."""
    upstream = FakeUpstream()
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.create_task(upstream.serve(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield upstream
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def reply(status: int = 200, body: bytes = b"{}", **headers: str) -> Answer:
    """Answer as one would: `reply(429, retry_after="1")`."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await begin(writer, status, f"Content-Length: {len(body)}", *lines)
        writer.write(body)
        await writer.drain()

    return answer


async def begin(writer: asyncio.StreamWriter, status: int, *lines: str) -> None:
    """Send the head of an answer."""
    head = [f"HTTP/1.1 {status} Whatever", "Connection: close", *lines, "", ""]
    writer.write("\r\n".join(head).encode())
    await writer.drain()


async def stall(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Say nothing until the caller hangs up, or a minute has passed."""
    with suppress(TimeoutError):
        await asyncio.wait_for(reader.read(), 60)


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Break the connection, with a reset."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close the connection in the middle of a body."""
    await begin(writer, 200, "Content-Length: 100")
    writer.write(b"half")
    await writer.drain()


async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer something that is not HTTP."""
    writer.write(b"* OK IMAP4rev1 ready\r\n\r\n")
    await writer.drain()


async def trickle(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then, for a minute."""
    await begin(writer, 200, "Content-Length: 1000000")
    for _ in range(6000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a hundred megabytes."""
    await begin(writer, 200)
    for _ in range(1600):
        writer.write(b"x" * 65_536)
        await writer.drain()
