"""Generate a service, measure it side by side with a bare app, print ratios: `make bench`.

Each pair is measured in turns, A B A B …, on the same machine in the same minute; a ratio is the
median of the pairs' ratios. Absolute figures are noise of the machine, printed for orientation.
"""

import json
import os
import secrets
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from scripts.commands import free_port, temporary_folder
from scripts.rendering import generate_service, service_environment

HERE = Path(__file__).parent
ROUNDS = 7
SECONDS = 2.0
CONNECTIONS = 4  # fewer than both pools have, or they would keep opening connections
TIMED = """
import timeit, structlog
from app.core.logging import configure_logging
from app.core.timing import timed
from app.settings import Settings
configure_logging(Settings(environment="test"))
def plain(value): return value
wrapped = timed("bench", sample=0)(plain)
def cost(f): return min(timeit.repeat(lambda: f(1), number=100_000, repeat=7)) / 100_000 * 1e6
print(cost(wrapped) - cost(plain))
"""


@dataclass(frozen=True)
class Bench:
    """A generated service with its environment, and a database with data in it."""

    service: Path
    environment: dict[str, str]

    @property
    def python(self) -> str:
        """The interpreter of the service's environment."""
        return str(self.service / ".venv" / "bin" / "python")


def main() -> None:
    """Run every benchmark and print a table of ratios."""
    with ExitStack() as stack:
        scratch = stack.enter_context(temporary_folder())
        seconds = [time_copy(scratch / f"copy{number}") for number in range(3)]
        bench = stack.enter_context(prepared(scratch / "service"))
        bare = stack.enter_context(server(bench, "bare_app:app"))
        ours = stack.enter_context(server(bench, "service_app:create_measured_app", "--factory"))
        print(f"{'':34}{'ratio':>8}{'aim':>9}   service / bare")
        compare_load("database read, per second", bench, ours, bare, "/symbols/AAPL", aim="≥ 1.10")
        compare_load("plain JSON, per second", bench, ours, bare, "/plain", aim="≥ 0.75")
        compare_latency(bench, ours, bare)
        compare_import(bench)
        print(f"{'`timed`, unsampled':34}{run(bench, TIMED):8.2f}{'≤ 1':>9}   µs a call")
        print(f"{'copier copy':34}{min(seconds):8.2f}{'≤ 1.5':>9}   s")


def compare_load(what: str, bench: Bench, ours: int, bare: int, path: str, *, aim: str) -> None:
    """Print the ratio of the service's throughput to that of the bare app."""
    prefix = "/api/v1" if path.startswith("/symbols") else ""
    report(
        what,
        aim,
        lambda: load(bench, ours, prefix + path)["per_second"],
        lambda: load(bench, bare, path)["per_second"],
    )


def compare_latency(bench: Bench, ours: int, bare: int) -> None:
    """Print the ratio of the median latencies of a database read on one connection."""
    report(
        "database read, median ms",
        "≤ 0.90",
        lambda: load(bench, ours, "/api/v1/symbols/AAPL", connections=1)["median_ms"],
        lambda: load(bench, bare, "/symbols/AAPL", connections=1)["median_ms"],
    )


def compare_import(bench: Bench) -> None:
    """Print the ratio of the times that a new process takes to import the app."""
    report(
        "cold import, s",
        "≤ 1.25",
        lambda: time_import(bench, "app.main"),
        lambda: time_import(bench, "bare_app"),
    )


def report(what: str, aim: str, ours: Callable[[], float], bare: Callable[[], float]) -> None:
    """Measure both alternately and print one line."""
    ours(), bare()  # warm up
    pairs = [(ours(), bare()) for _ in range(ROUNDS)]
    ratio = statistics.median(a / b for a, b in pairs)
    mine, yardstick = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"{what:34}{ratio:8.2f}{aim:>9}   {mine:.4g} / {yardstick:.4g}", flush=True)


def load(bench: Bench, port: int, path: str, *, connections: int = CONNECTIONS) -> dict[str, float]:
    """Return the load generator's figures."""
    command = [bench.python, str(HERE / "load.py"), str(port), path, str(connections), str(SECONDS)]
    result: dict[str, float] = json.loads(subprocess.check_output(command))
    return result


def time_import(bench: Bench, module: str) -> float:
    """Return the seconds that a new process needs to import a module."""
    started = time.perf_counter()
    command = [bench.python, "-c", f"import {module}"]
    subprocess.run(command, check=True, cwd=bench.service, env=bench.environment)
    return time.perf_counter() - started


def run(bench: Bench, code: str) -> float:
    """Return the number that code prints in the service's environment."""
    command = [bench.python, "-c", code]
    return float(subprocess.check_output(command, cwd=bench.service, env=bench.environment))


def time_copy(destination: Path) -> float:
    """Return the seconds that `copier copy` needs, without Python's own start."""
    started = time.perf_counter()
    generate_service(destination)
    return time.perf_counter() - started


@contextmanager
def prepared(service: Path) -> Iterator[Bench]:
    """Generate and install a service and give it a database with one symbol in it."""
    generate_service(service)
    environment = service_environment()
    subprocess.run(["make", "--silent", "setup"], cwd=service, env=environment, check=True)
    rows = service / "rows.csv"
    rows.write_text("Ticker,Date,Open,High,Low,Close,Volume\nAAPL,2013-01-02,1,2,1,2,3\n")
    with database(service, environment) as url:
        environment |= {
            "ACCOUNT_MAIL": "off",
            "ALLOWED_HOSTS": "localhost",
            "DATABASE_URL": url,
            "ENVIRONMENT": "production",
            "PYTHONPATH": os.pathsep.join([str(service), str(HERE)]),
            "RATE_LIMIT": "999999999/minute",  # counted as in production, and never reached
            "SECRET_KEY": secrets.token_hex(),
        }
        command = ["make", "--silent", "load", f"file={rows}"]
        subprocess.run(command, cwd=service, env=environment, check=True, capture_output=True)
        yield Bench(service, environment)


@contextmanager
def database(service: Path, environment: dict[str, str]) -> Iterator[str]:
    """Keep the service's PostgreSQL running, and yield its URL."""
    python = str(service / ".venv" / "bin" / "python")
    command = [python, "-m", "devtools.with_database", "sh", "-c", 'echo "$DATABASE_URL"; cat']
    with subprocess.Popen(
        command,
        cwd=service,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as holder:
        assert holder.stdin
        assert holder.stdout
        try:
            yield holder.stdout.readline().strip()
        finally:
            holder.stdin.close()


@contextmanager
def server(bench: Bench, app: str, *options: str) -> Iterator[int]:
    """Serve an app with one worker while the block runs, and yield its port."""
    port = free_port()
    command = [bench.python, "-m", "uvicorn", app, *options, "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--no-access-log", "--log-level", "warning"],
        cwd=bench.service,
        env=bench.environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until_it_answers(f"http://localhost:{port}/plain")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def wait_until_it_answers(url: str) -> None:
    """Return once a server responds; exit if it does not within 30 seconds."""
    for _ in range(600):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"{url} does not answer")


if __name__ == "__main__":
    main()
