"""Database reads beside calls of a vendor, which responds at once, or never."""

import asyncio
import statistics
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import perf_counter

import httpx2

from benchmarks.measures import Figure, Measure, Sides, at_most
from benchmarks.serving import Bench, Server, State

SECONDS = 2.5
READERS, CALLERS = 2, 30
PREFIX = "/api/v1/measured"
HOST = {"Host": "localhost"}


class Vendor:
    """A service that responds at once, or never; it runs in a thread."""

    def __init__(self) -> None:
        """Listen on a free port."""
        self.hangs = False
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()

    @contextmanager
    def running(self) -> Iterator["Vendor"]:
        """Serve while the block runs."""
        thread = threading.Thread(target=self._loop.run_until_complete, args=[self._serve()])
        thread.start()
        self._ready.wait()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stopped.set)
            thread.join()

    async def _serve(self) -> None:
        self._stopped = asyncio.Event()
        server = await asyncio.start_server(self._respond, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopped.wait()
        server.close()

    async def _respond(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while await reader.readuntil(b"\r\n\r\n"):
                if self.hangs:
                    await reader.read()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()


@contextmanager
def hanging_vendor(bench: Bench) -> Iterator[Sides]:
    """Compare the slowest reads while the vendor hangs and while it responds."""
    with Vendor().running() as vendor:
        settings = {"BENCH_VENDOR": f"http://127.0.0.1:{vendor.port}"}
        with bench.serve(["-m", "app.server"], settings=settings) as server:

            def slowest(*, hangs: bool) -> Figure:
                vendor.hangs = hangs
                return Figure(asyncio.run(slowest_reads(server)))

            yield Sides(lambda: slowest(hangs=True), lambda: slowest(hangs=False))


async def slowest_reads(server: Server) -> float:
    """Return the 99th percentile of the reads while others call the vendor, in seconds."""
    until = perf_counter() + SECONDS
    reads: list[float] = []
    address, limits = f"http://127.0.0.1:{server.port}", httpx2.Limits(max_connections=None)
    async with (
        httpx2.AsyncClient(
            base_url=address, headers=HOST, timeout=60, limits=limits, trust_env=False
        ) as client,
        asyncio.TaskGroup() as tasks,
    ):
        for _ in range(CALLERS):
            tasks.create_task(call_vendor(client, until))
        await asyncio.sleep(0.5)
        for _ in range(READERS):
            tasks.create_task(read_rows(client, until, reads))
    return statistics.quantiles(reads, n=100)[98]


async def call_vendor(client: httpx2.AsyncClient, until: float) -> None:
    """Send requests that call the vendor; those that it does not answer fail."""
    while perf_counter() < until:
        await client.get(f"{PREFIX}/vendor")
        await asyncio.sleep(0.2)


async def read_rows(client: httpx2.AsyncClient, until: float, reads: list[float]) -> None:
    """Send requests that read a row, and note the seconds that each takes."""
    while perf_counter() < until:
        started = perf_counter()
        response = await client.get("/api/v1/symbols/AAPL")
        response.raise_for_status()
        reads.append(perf_counter() - started)


MEASURES = [
    Measure(
        "reads beside a vendor that hangs",
        "99th percentile in seconds: the vendor of other requests hangs / responds",
        at_most(1.5),
        hanging_vendor,
        states=[State.NOTHING_ON],
        pairs=5,
    ),
]
