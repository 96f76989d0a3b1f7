"""Other servers and event loops, relative to `python -m app.server`: `make bench only=server`.

They are measured on request only, and have no aim: decision 53 tells what follows. Each runs the
same service; responses per second, with CPU time per response, of plain JSON.
"""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks.measures import Measure, Sides
from benchmarks.requests import Call, Target, compare
from benchmarks.serving import APPS, Bench, State, find_uv

PLAIN = Call("/api/v1/measured/plain")
CONNECTIONS = 16
APP = "app.main:create_app"
UVICORN = ("-m", "uvicorn", APP, "--factory", "--no-access-log", "--log-level", "warning")
GRANIAN = ("-m", "granian", "--interface", "asgi", "--factory", "--no-ws", "--port", "{port}", APP)
HYPERCORN = ("-m", "hypercorn", "--bind", "127.0.0.1:{port}", f"{APP}()")
SERVERS = {
    "uvicorn, httptools, uvloop": (*UVICORN, "--http", "httptools", "--loop", "uvloop"),
    "uvicorn, httptools, asyncio": (*UVICORN, "--http", "httptools", "--loop", "asyncio"),
    "uvicorn, h11, uvloop": (*UVICORN, "--http", "h11", "--loop", "uvloop"),
    "uvicorn, h11, asyncio": (*UVICORN, "--http", "h11", "--loop", "asyncio"),
    "granian, uvloop": (*GRANIAN, "--loop", "uvloop"),
    "granian, asyncio": (*GRANIAN, "--loop", "asyncio"),
    "hypercorn, uvloop": (*HYPERCORN, "--worker-class", "uvloop"),
    "hypercorn, asyncio": (*HYPERCORN, "--worker-class", "asyncio"),
}


@contextmanager
def installed(bench: Bench) -> Iterator[Path]:
    """Install the servers into the service's environment."""
    required = APPS / "servers.txt"
    packages = [find_uv(), "pip", "install", "--quiet", "--python", bench.python]
    subprocess.run([*packages, "--requirement", str(required)], check=True, cwd=bench.service)
    yield required


def comparing(
    command: Sequence[str], workers: int
) -> Callable[[Bench], AbstractContextManager[Sides]]:
    """Return the comparison of a server with ours, each with some workers."""

    @contextmanager
    def compare_servers(bench: Bench) -> Iterator[Sides]:
        bench.open(installed)
        ours = bench.serve(("-m", "app.server"), settings={"WEB_CONCURRENCY": str(workers)})
        # A server that is not ours reads the number from its command line.
        other = bench.serve((*command, "--workers", str(workers)))
        with ours as our_server, other as other_server:
            yield compare(
                bench,
                Target(other_server, PLAIN),
                Target(our_server, PLAIN),
                count=2000 * workers,
                connections=CONNECTIONS * workers,
            )

    return compare_servers


MEASURES = [
    Measure(
        f"server: {name}, {workers} worker{'s' * (workers > 1)}",
        "plain responses per second: this server / python -m app.server",
        None,
        comparing(command, workers),
        states=[State.NOTHING_ON],
        pairs=5,
    )
    for workers in (1, 2)
    for name, command in SERVERS.items()
]
