"""Measures of a worker's start and memory.

The yardstick of a start imports the modules of other packages that the service has imported, and
does nothing else; that of memory is a FastAPI app with one query. The floor of both is an app with
as many models, tables and routes as the service, and no code in them.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measures import Figure, Measure, Sides, at_most
from benchmarks.serving import Bench, Server, State
from benchmarks.wire import Connection, encode

CREATE = "from app.main import create_app; create_app()"
LEAST = "import gc; gc.set_threshold(10_000); import least"  # the threshold is the service's
REQUESTS = 1000
MEGABYTE = 1_000_000


@contextmanager
def compare_starts(bench: Bench) -> Iterator[Sides]:
    """Compare a start with the import of the same modules of the same libraries."""
    sides = start_beside(bench, imported_modules(bench))
    shape = shape_of(bench)
    yield sides._replace(floor=lambda: cpu_of(bench, LEAST, SHAPE=shape))


@contextmanager
def compare_starts_with_packages(bench: Bench) -> Iterator[Sides]:
    """Compare a start with `import sqlalchemy, …`, which leaves out what their submodules cost."""
    yield start_beside(bench, top_level(imported_modules(bench)))


def start_beside(bench: Bench, modules: Sequence[str]) -> Sides:
    """Return a start, and the import of some modules, each in a new process."""
    importing = f"import {', '.join(modules)}"
    return Sides(lambda: cpu_of(bench, CREATE), lambda: cpu_of(bench, importing))


def imported_modules(bench: Bench) -> list[str]:
    """Return the names of the libraries' modules that a start imports, in the order of import."""
    names: list[str] = json.loads(shape_of(bench))["modules"]
    return names


def shape_of(bench: Bench) -> str:
    """Return the size of the service, as JSON for `apps/least.py`."""
    return bench.run("shape.py").splitlines()[-1]


def top_level(modules: Sequence[str]) -> list[str]:
    """Return the packages of modules, each once."""
    return list(dict.fromkeys(name.partition(".")[0] for name in modules))


def cpu_of(bench: Bench, code: str, **settings: str) -> Figure:
    """Return the CPU seconds of a new process that runs code."""
    environment = {**bench.environment, **settings}
    process = subprocess.Popen([bench.python, "-c", code], cwd=bench.service, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"`{code}` ended with status {process.returncode}")
    return Figure(used.ru_utime + used.ru_stime)


@contextmanager
def compare_memory(bench: Bench) -> Iterator[Sides]:
    """Compare the memory of two new servers after the same number of reads of one row."""
    ours, yardstick = "/api/v1/symbols/AAPL", "/symbols/AAPL"
    shape = shape_of(bench)
    quiet = ("--no-access-log", "--log-level", "warning")
    yield Sides(
        lambda: memory_of(bench, ("-m", "app.server"), ours),
        lambda: memory_of(bench, ("-m", "uvicorn", "tutorial:app", *quiet), yardstick),
        lambda: memory_of(bench, ("-m", "uvicorn", "least:app", *quiet), yardstick, SHAPE=shape),
    )


def memory_of(bench: Bench, command: Sequence[str], path: str, **settings: str) -> Figure:
    """Return the megabytes of a server that has responded to requests, checking each status."""
    request = encode("GET", path)
    with bench.serve(command, settings=settings) as server, Connection(server.port) as connection:
        assert b'"ticker":"AAPL"' in connection.send(request)
        for _ in range(REQUESTS - 1):
            connection.send(request)
        return Figure(resident_megabytes(server))


def resident_megabytes(server: Server) -> float:
    """Return the memory of a server's process, its share of libraries included."""
    status = Path(f"/proc/{server.process_id}/status").read_text("utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024 / MEGABYTE


MEASURES = [
    Measure(
        "cold start",
        "CPU seconds: create_app() / importing the same modules of its libraries",
        at_most(1.25),
        compare_starts,
    ),
    Measure(
        "cold start, packages",
        "CPU seconds: create_app() / importing only the top level of its libraries",
        None,
        compare_starts_with_packages,
    ),
    Measure(
        "memory of a worker",
        "MB after 1,000 reads: service / FastAPI, SQLAlchemy and asyncpg",
        at_most(1.35),
        compare_memory,
        states=[State.EVERYTHING_ON],
        pairs=5,
    ),
]
