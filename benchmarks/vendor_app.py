"""Measure a database read beside routes that call a vendor which hangs; runs in a service.

`python -m benchmarks.vendors` runs it. The same clients call the vendor all the time; in turns it
responds at once, and hangs.
"""

import asyncio
import os
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import perf_counter

import httpx2
from fastapi import APIRouter, FastAPI
from sqlalchemy import text

from app import main
from app.core.api import errors
from app.core.db import ReadSession
from app.core.http import UPSTREAM_ERRORS, HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features import FEATURES

ROUNDS = 5
SECONDS = 2.5
READERS = 2
CALLERS = 30
PORT = 8765
SERVING = """
from app.server import make_config, serve
from app.core.server.settings import ServerSettings
serve(make_config(ServerSettings(port={port}), app="vendor_app:create_app"))
"""

router = APIRouter(prefix="/bench", tags=["bench"])


@router.get("/read")
async def read(session: ReadSession) -> int:
    """Read from the database."""
    return int(await session.scalar(text("SELECT 1")) or 0)


@router.get("/call", responses=errors(*UPSTREAM_ERRORS))
async def call() -> str:
    """Call the vendor."""
    return (await get(HttpClient).request("GET", "/")).text


def create_app() -> FastAPI:
    """Return the service with the two routes."""

    @asynccontextmanager
    async def opened(_app: FastAPI) -> AsyncIterator[None]:
        async with HttpClient("vendor", base_url=os.environ["VENDOR"]) as client:
            with provide(HttpClient, client):
                yield

    main.FEATURES = (*FEATURES, Module(name="bench", router=router, open=opened))
    return main.create_app()


class Vendor:
    """A service that responds at once, or never."""

    hangs = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        with suppress(OSError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                if self.hangs:
                    await reader.read()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()


async def repeat(client: httpx2.AsyncClient, path: str, until: float, seconds: list[float]) -> None:
    """Send a request again and again, and note the seconds that each takes."""
    while perf_counter() < until:
        started = perf_counter()
        await client.get(path)
        seconds.append(perf_counter() - started)
        if path.endswith("/call"):
            await asyncio.sleep(0.2)


async def measure(client: httpx2.AsyncClient) -> float:
    """Return the 99th percentile of the reads, in seconds."""
    until = perf_counter() + SECONDS
    reads: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        for _ in range(CALLERS):
            tasks.create_task(repeat(client, "/bench/call", until, []))
        await asyncio.sleep(0.5)
        for _ in range(READERS):
            tasks.create_task(repeat(client, "/bench/read", until, reads))
    return statistics.quantiles(reads, n=100)[98]


async def compare(vendor: Vendor) -> None:
    """Print the ratio of the reads' 99th percentiles, with the vendor that hangs and without."""
    limits = httpx2.Limits(max_connections=None)
    address = f"http://127.0.0.1:{PORT}"
    async with httpx2.AsyncClient(base_url=address, timeout=60, limits=limits) as client:
        await wait_for(client)
        await measure(client)  # warm up
        ratios = []
        for _ in range(ROUNDS):
            vendor.hangs = False
            usual = await measure(client)
            vendor.hangs = True
            slow = await measure(client)
            ratios.append(slow / usual)
            print(f"p99 of reads: {usual * 1000:.1f} ms, vendor hangs: {slow * 1000:.1f}")
        print(f"ratio, median of {ROUNDS}: {statistics.median(ratios):.2f} (aim: at most 1.5)")


async def wait_for(client: httpx2.AsyncClient) -> None:
    """Return once the service responds."""
    for _ in range(600):
        with suppress(httpx2.TransportError):
            await client.get("/health/live")
            return
        await asyncio.sleep(0.1)


async def main_program() -> None:
    """Serve the vendor and the service, and compare."""
    vendor = Vendor()
    async with await asyncio.start_server(vendor.serve, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        paths = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
        own = {"VENDOR": f"http://127.0.0.1:{port}", "PYTHONPATH": os.pathsep.join(paths)}
        command = [sys.executable, "-c", SERVING.format(port=PORT)]
        with subprocess.Popen(command, env=os.environ | own) as server:  # noqa: ASYNC220 - once
            await compare(vendor)
            server.terminate()


if __name__ == "__main__":
    asyncio.run(main_program())
