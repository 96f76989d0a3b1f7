"""Raw connections: endless, slow, silent and ambiguous requests, while another client is served."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from proof.attack.target import API, Caller, Report, Target
from proof.attack.walk import Cast

PATIENCE = 30.0
"""Seconds in which a connection that sends nothing useful has to be closed."""
MEGABYTE = 1024 * 1024
MOST_GROWTH = 32 * MEGABYTE
"""The most that one connection may add to the memory of a worker."""
CONNECTIONS = 200
SLOWEST = 2.0
"""Seconds that another client may wait for a response during an attack."""

Flood = Callable[[str], AsyncIterator[bytes]]


async def endless_header(host: str) -> AsyncIterator[bytes]:
    """Yield a header that does not end."""
    yield f"GET /health/live HTTP/1.1\r\nHost: {host}\r\nX: ".encode()
    async for part in repeated(b"x" * 65_536):
        yield part


async def endless_headers(host: str) -> AsyncIterator[bytes]:
    """Yield headers without end."""
    yield f"GET /health/live HTTP/1.1\r\nHost: {host}\r\n".encode()
    async for part in repeated(b"X-A: b\r\n" * 8192):
        yield part


async def endless_url(_: str) -> AsyncIterator[bytes]:
    """Yield a URL that does not end."""
    yield b"GET /"
    async for part in repeated(b"x" * 65_536):
        yield part


async def endless_chunk_size(host: str) -> AsyncIterator[bytes]:
    """Yield the size of a chunk that does not end."""
    start = f"POST {API}/sessions HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
    yield start.encode()
    async for part in repeated(b"0" * 65_536):
        yield part


async def endless_trailer(host: str) -> AsyncIterator[bytes]:
    """Yield trailers without end."""
    yield (
        f"POST {API}/sessions HTTP/1.1\r\nHost: {host}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    ).encode()
    async for part in repeated(b"X-A: b\r\n" * 8192):
        yield part


async def repeated(part: bytes) -> AsyncIterator[bytes]:
    """Yield a part without end."""
    while True:
        yield part


FLOODS: tuple[Flood, ...] = (
    endless_header,
    endless_headers,
    endless_url,
    endless_chunk_size,
    endless_trailer,
)
HEAD = b"POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
AMBIGUOUS = {
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "a length and chunks": HEAD
    + b"Content-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "an unknown encoding": HEAD + b"Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n",
    "a disguised encoding": HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "a negative length": HEAD + b"Content-Length: -1\r\n\r\n{}",
    "a length with a sign": HEAD + b"Content-Length: +2\r\n\r\n{}",
    "a space before the colon": HEAD + b"Content-Length : 2\r\n\r\n{}",
    "a folded header": HEAD + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}",
    "a NUL in a header": HEAD + b"X: a\x00b\r\nContent-Length: 2\r\n\r\n{}",
    "no host": b"GET /api/v1/users/me HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /api/v1/users/me HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    "an unknown method": b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "an invalid version": b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
}
OF_CLEAR_LENGTH = {"no host", "two hosts"}
"""Requests that are invalid, but that end where every reader expects it."""
SMUGGLED = b"DELETE /api/v1/users/me HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def flood(target: Target, report: Report, _: Cast) -> None:
    """Send requests without end: the connection is closed, and the memory stays bounded."""
    for source in FLOODS:
        before = largest_memory(target)
        async with watched(target, report, source.__name__):
            seconds, status = await send_until_closed(target, source)
        grown = largest_memory(target) - before
        name = source.__name__.replace("_", " ")
        report.check(seconds < PATIENCE, f"{name}: not closed after {seconds:.0f} s")
        report.check(grown < MOST_GROWTH, f"{name}: memory grew by {grown // MEGABYTE} MB")
        report.check(status in {None, 400, 408, 413, 414, 431}, f"{name}: {status}")


async def send_until_closed(target: Target, source: Flood) -> tuple[float, int | None]:
    """Return the seconds until the service closed the connection, and the status it sent."""
    reader, writer = await connect(target)
    receiving = asyncio.create_task(read_status(reader))
    started = monotonic()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            async for part in source("localhost"):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)  # the response is read meanwhile
    seconds = monotonic() - started
    writer.close()
    return seconds, await receiving


async def keep_silent(target: Target, report: Report, _: Cast) -> None:
    """Hold connections that send nothing, a part of a request, or a byte a second."""
    starts = {
        "nothing": b"",
        "half a line": b"GET /health",
        "half the headers": HEAD,
        "half a body": HEAD + b"Content-Length: 100\r\n\r\n{",
    }
    async with watched(target, report, "silent connections"):
        waiting = [wait_for_close(target, start) for start in starts.values()]
        seconds = await asyncio.gather(*waiting, trickle(target))
    for name, closed_after in zip((*starts, "a byte a second"), seconds, strict=True):
        report.check(closed_after < PATIENCE, f"{name}: not closed after {PATIENCE:.0f} s")


async def wait_for_close(target: Target, start: bytes) -> float:
    """Return the seconds until the service closes a connection that sends no more."""
    reader, writer = await connect(target)
    started = monotonic()
    writer.write(start)
    with suppress(OSError, TimeoutError):
        await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()
    return monotonic() - started


async def trickle(target: Target) -> float:
    """Return the seconds until the service closes a connection that sends a byte a second."""
    reader, writer = await connect(target)
    started = monotonic()
    with suppress(OSError):
        for byte in HEAD + b"X: " + b"x" * 1000:
            writer.write(bytes([byte]))
            await writer.drain()
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), 1)
                break
            if monotonic() - started > PATIENCE:
                break
    writer.close()
    return monotonic() - started


async def occupy(target: Target, report: Report, _cast: Cast) -> None:
    """Hold many idle connections: other clients are served."""
    opening = (connect(target) for _ in range(CONNECTIONS))
    held = [
        one
        for one in await asyncio.gather(*opening, return_exceptions=True)
        if isinstance(one, tuple)
    ]
    async with watched(target, report, f"{len(held)} idle connections"):
        await asyncio.sleep(3)
    for _, writer in held:
        writer.close()


async def confuse(target: Target, report: Report, _: Cast) -> None:
    """Send requests that two servers could read differently: each is refused, and closed."""
    for name, request in AMBIGUOUS.items():
        reader, writer = await connect(target)
        writer.write(request + SMUGGLED)
        received = b""
        with suppress(OSError, TimeoutError):
            received = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        statuses = [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", received)]
        report.check(
            len(statuses) <= 1 or name in OF_CLEAR_LENGTH, f"{name}: two responses, {statuses}"
        )
        refused = not statuses or statuses[0] in {400, 404, 408, 411, 413, 422, 501, 505}
        report.check(refused, f"{name}: {statuses}")


class watched:  # noqa: N801 - used as a function
    """Send requests of another client during a block, and check that none waits long."""

    def __init__(self, target: Target, report: Report, during: str) -> None:
        """Prepare the client.

        Args:
            target: The service.
            report: Where slow responses are recorded.
            during: The attack that lasts for the block.
        """
        self._client = Caller(target, report)
        self._report, self._during = report, during

    async def __aenter__(self) -> None:
        """Start the requests."""
        self._task = asyncio.create_task(self._watch())

    async def __aexit__(self, *_: object) -> None:
        """Stop the requests."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _watch(self) -> None:
        while True:
            started = monotonic()
            await self._client.send("GET", "/health/live")
            waited = monotonic() - started
            self._report.check(waited < SLOWEST, f"{self._during}: others wait {waited:.1f} s")
            await asyncio.sleep(0.05)


async def connect(target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection to the service."""
    address = urlsplit(target.address)
    return await asyncio.open_connection(address.hostname, address.port)


async def read_status(reader: asyncio.StreamReader) -> int | None:
    """Return the status of the response, if there is one before the connection ends."""
    line = b""
    with suppress(OSError):
        line = await reader.readline()
    found = re.match(rb"HTTP/1\.1 (\d{3})", line)
    return int(found[1]) if found else None


def largest_memory(target: Target) -> int:
    """Return the resident memory of the largest process of the service, in bytes (on Linux)."""
    pages = [read_memory(process_id) for process_id in target.service.api.tree()]
    return max(pages, default=0)


def read_memory(process_id: int) -> int:
    """Return the resident memory of a process in bytes, 0 if it has ended."""
    with suppress(OSError):
        found = re.search(
            r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process_id}/status").read_text("utf-8")
        )
        return int(found[1]) * 1024 if found else 0
    return 0
