"""Generate a service, start it, fill it with real prices and ask it: `make demo`.

DEST=folder keeps the service in that folder; KEEP=1 leaves it running until Ctrl-C.
"""

import gzip
import json
import os
import shlex
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path

from scripts.commands import CommandFailed, run, serving, temporary_folder
from scripts.rendering import generate_service, service_environment

PRICES = "bokeh_sampledata/_data/stocks.csv.gz"
INTERRUPTS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
STARTED = time.monotonic()


class DemoFailed(Exception):
    """A step did not show what it should; the message says why."""


def main() -> int:
    """Run the demonstration and return the exit status."""
    for number in INTERRUPTS:
        signal.signal(number, interrupt)
    try:
        with temporary_folder() as scratch:
            show_service(choose_destination(scratch), scratch=scratch)
            step("Stopping PostgreSQL")
        step("Done" + follow_up())
    except (CommandFailed, DemoFailed) as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.")
        return 130
    return 0


def interrupt(*_: object) -> None:
    """Stop the demonstration; its clean-up is not stopped by the same signal's second arrival.

    Both the terminal and `uv run` pass Ctrl-C on.
    """
    for number in INTERRUPTS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def choose_destination(scratch: Path) -> Path:
    """Return the folder to generate into: DEST, or one that is removed at the end.

    Raises:
        DemoFailed: DEST holds something already.
    """
    chosen = os.environ.get("DEST")
    if not chosen:
        return scratch / "market data"
    destination = Path(chosen).expanduser().resolve()
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise DemoFailed(f"{destination} is not empty. Name a new folder: make demo DEST=…")
    return destination


def follow_up() -> str:
    """Return how to go on with a service that is kept."""
    chosen = os.environ.get("DEST")
    return f". To go on: cd {shlex.quote(chosen)} && make dev" if chosen else ""


def show_service(service: Path, *, scratch: Path) -> None:
    """Walk through all steps, from generating the service to its answers."""
    environment = service_environment()
    step(f"Generating a service in {service}")
    generate_service(service, answers={"project_name": "Market Data"})
    step("Installing its packages: make setup")
    run(["make", "setup"], cwd=service, environment=environment)
    step("Fetching daily prices of five stocks, 2000 to 2013")
    prices = fetch_prices(scratch)
    step("Starting it, with a PostgreSQL of its own: make dev")
    with serving(["make", "dev"], cwd=service, environment=environment) as address:
        step(f"Importing {count_bars(prices):,} bars: make load file={prices.name}")
        loaded = run(["make", "load", f"file={prices}"], cwd=service, environment=environment)
        say(loaded.splitlines()[-1])
        show_answers(address)
        step(f"Interactive documentation: {address}/docs")
        if os.environ.get("KEEP"):
            wait_for_interrupt()
        step("Stopping the service")


def fetch_prices(scratch: Path) -> Path:
    """Return a CSV file of real prices, which a Python package brings along."""
    package = scratch / "prices"
    install = ["uv", "pip", "install", "--no-deps", "--target", str(package)]
    run([*install, "bokeh-sampledata>=2026.1"], cwd=scratch, environment=service_environment())
    prices = scratch / "prices.csv"
    with gzip.open(package / PRICES) as packed, prices.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)
    return prices


def count_bars(prices: Path) -> int:
    """Return the number of lines without the heading."""
    with prices.open("rb") as lines:
        return sum(1 for _ in lines) - 1


def wait_for_interrupt() -> None:
    """Return when Ctrl-C is pressed."""
    step("Running until Ctrl-C")
    try:
        signal.pause()
    except KeyboardInterrupt:
        print()


def show_answers(address: str) -> None:
    """Ask what a client would ask, and print each answer."""
    api = f"{address}/api/v1"
    step("One symbol")
    headers = ask(f"{api}/symbols/AAPL/candles?interval=1d&start=2013-01-01T00:00:00Z&limit=3")
    step("How long that took, and under which request id")
    for name in ("Server-Timing", "X-Request-ID"):
        say(f"{name}: {headers.get(name)}")
    step("Three symbols at once, one of them unknown")
    ask(
        f"{api}/candle-queries",
        body={"symbols": ["AAPL", "MSFT", "NOPE"], "interval": "1d", "limit": 1},
    )
    step("An error")
    ask(f"{api}/symbols/NOPE", expected=404)


def ask(url: str, *, body: object = None, expected: int = 200) -> Message:
    """Send a request, print it with its answer, and return the answer's headers.

    Raises:
        DemoFailed: The status is another than expected.
    """
    data = None if body is None else json.dumps(body).encode()
    say(f"{'GET' if data is None else 'POST'} {url}" + (f"  {data.decode()}" if data else ""))
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            status, headers, text = response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        status, headers, text = error.code, error.headers, error.read()
    if status != expected:
        raise DemoFailed(f"{url} answered {status} instead of {expected}:\n{text.decode()}")
    say(f"{status} {shorten(text.decode())}")
    return headers


def step(text: str) -> None:
    """Print what happens next, and when."""
    print(f"{time.monotonic() - STARTED:5.1f} s  {text}", flush=True)


def say(text: str) -> None:
    """Print a detail of the step."""
    print(f"         {text}", flush=True)


def shorten(text: str, length: int = 1000) -> str:
    """Return the text, its end left out where it is long."""
    return text if len(text) <= length else f"{text[:length]} …"


if __name__ == "__main__":
    sys.exit(main())
