"""Measure a database read beside routes that call a vendor which hangs; runs in a service.

Run it with `python -m benchmarks.vendors`. The reads are those of the same server in the same
minute, with and without clients of the slow routes, in turns.
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
from app import main
from app.core.api import errors
from app.core.db import ReadSession
from app.core.http import UPSTREAM_ERRORS, HttpClient
from app.core.services import get
from app.features import FEATURES
from app.core.module import Module
from fastapi import APIRouter, FastAPI
from sqlalchemy import text

ROUNDS = 6
SECONDS = 3.0
READERS = 2
CALLERS = 60
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
        from app.core.services import provide

        async with HttpClient("vendor", base_url=os.environ["VENDOR"]) as client:
            with provide(HttpClient, client):
                yield

    main.FEATURES = (*FEATURES, Module(name="bench", router=router, open=opened))
    return main.create_app()


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Accept a request and never respond."""
    with suppress(OSError):
        await reader.read()
    writer.close()


async def repeat(client: httpx2.AsyncClient, path: str, until: float, seconds: list[float]) -> None:
    """Send a request again and again, and note the seconds that each takes."""
    while perf_counter() < until:
        started = perf_counter()
        await client.get(path)
        seconds.append(perf_counter() - started)
        if path.endswith("/call"):
            await asyncio.sleep(0.2)


async def measure(client: httpx2.AsyncClient, *, callers: int) -> tuple[float, int]:
    """Return the 99th percentile of the reads in seconds, and the number of the slow calls."""
    until = perf_counter() + SECONDS
    reads: list[float] = []
    calls: list[float] = []
    async with asyncio.TaskGroup() as tasks:
        for _ in range(callers):
            tasks.create_task(repeat(client, "/bench/call", until, calls))
        await asyncio.sleep(0.5)
        for _ in range(READERS):
            tasks.create_task(repeat(client, "/bench/read", until, reads))
    return statistics.quantiles(reads, n=100)[98], len(calls)


async def compare() -> None:
    """Print the ratio of the reads' 99th percentiles, with the vendor that hangs and without."""
    vendor = await asyncio.start_server(hang, "127.0.0.1", 0)
    address = "http://127.0.0.1:{}".format(vendor.sockets[0].getsockname()[1])
    environment = os.environ | {"VENDOR": address, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-c", SERVING.format(port=PORT)]
    server = subprocess.Popen(command, env=environment)
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{PORT}", timeout=60, limits=limits) as client:
        for _ in range(600):
            with suppress(httpx2.TransportError):
                await client.get("/health/live")
                break
            await asyncio.sleep(0.1)
        await measure(client, callers=0)
        ratios = []
        for _ in range(ROUNDS):
            without, _ = await measure(client, callers=0)
            slow, calls = await measure(client, callers=CALLERS)
            ratios.append(slow / without)
            print(f"p99 of reads: {without * 1000:.1f} ms, with {CALLERS} callers of a vendor that hangs: {slow * 1000:.1f} ms ({calls} calls)", flush=True)
        print(f"ratio, median of {ROUNDS}: {statistics.median(ratios):.2f}")
    server.terminate()
    server.wait()
    vendor.close()


if __name__ == "__main__":
    asyncio.run(compare())
