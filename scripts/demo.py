"""Generate a service, start it, import data, send requests and sell a plan: `make demo`.

DEST=folder keeps the service in that folder; KEEP=1 leaves it running until Ctrl-C.
"""

import gzip
import html
import json
import os
import re
import shlex
import shutil
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from email.message import Message
from pathlib import Path
from typing import Any, TypeVar

from scripts.commands import CommandFailed, run, serving, temporary_folder
from scripts.rendering import generate_service, service_environment

PRICES = "bokeh_sampledata/_data/stocks.csv.gz"
TOGGLES = {"resend": True, "paddle": True}
EMAIL, PASSWORD = "ada@example.com", "correct horse battery staple"
SECONDS_TO_ARRIVE = 30
INTERRUPTS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
STARTED = time.monotonic()
T = TypeVar("T")


class DemoFailed(Exception):
    """A step did not have the expected result; the message says why."""


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
    """Stop the demonstration, and ignore further signals during its clean-up.

    Both the terminal and `uv run` send Ctrl-C.
    """
    for number in INTERRUPTS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def choose_destination(scratch: Path) -> Path:
    """Return the folder to generate into: DEST, or one that is removed at the end.

    Raises:
        DemoFailed: DEST is not empty.
    """
    chosen = os.environ.get("DEST")
    if not chosen:
        return scratch / "market data"
    destination = Path(chosen).expanduser().resolve()
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise DemoFailed(f"{destination} is not empty. Name a new folder: make demo DEST=…")
    return destination


def follow_up() -> str:
    """Return the command that starts a service that is kept."""
    chosen = os.environ.get("DEST")
    return f". To start the service again: cd {shlex.quote(chosen)} && make dev" if chosen else ""


def show_service(service: Path, *, scratch: Path) -> None:
    """Run all steps, from generating the service to its responses."""
    environment = service_environment()
    step(f"Generating a service in {service}")
    generate_service(service, answers={"project_name": "Market Data"} | TOGGLES)
    step("Installing its packages: make setup")
    run(["make", "setup"], cwd=service, environment=environment)
    step("Downloading daily prices of five stocks, 2000 to 2013")
    prices = fetch_prices(scratch)
    step("Starting it with an embedded PostgreSQL: make dev")
    with serving(["make", "dev"], cwd=service, environment=environment) as served:
        address = served.address
        step(f"Importing {count_bars(prices):,} bars: make load file={prices.name}")
        loaded = run(["make", "load", f"file={prices}"], cwd=service, environment=environment)
        say(loaded.splitlines()[-1])
        show_responses(address)
        show_sale(address, fakes=find_fakes(served.output()))
        step(f"Interactive documentation: {address}/docs")
        if os.environ.get("KEEP"):
            wait_for_interrupt()
        step("Stopping the service")


def fetch_prices(scratch: Path) -> Path:
    """Return a CSV file of real prices, taken from a Python package."""
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


def show_responses(address: str) -> None:
    """Send requests of a client, and print each response."""
    api = f"{address}/api/v1"
    step("One symbol")
    headers = ask(f"{api}/symbols/AAPL/candles?interval=1d&start=2013-01-01T00:00:00Z&limit=3")
    step("The duration and the request id of that request")
    for name in ("Server-Timing", "X-Request-ID"):
        say(f"{name}: {headers.get(name)}")
    step("A batch of three symbols, one of them unknown")
    ask(
        f"{api}/candle-queries",
        body={"symbols": ["AAPL", "MSFT", "NOPE"], "interval": "1d", "limit": 1},
    )
    step("An error response")
    ask(f"{api}/symbols/NOPE", expected=404)


def find_fakes(output: str) -> dict[str, str]:
    """Return the addresses of the fake vendors that the service logged, by vendor."""
    found = re.findall(r"\bfake (\w+)\b.*?(http://\S+)", output)
    return {name.lower(): address for name, address in found}


def show_sale(address: str, *, fakes: Mapping[str, str]) -> None:
    """Sign a user up and sell a plan; local fakes implement the protocols of the vendors."""
    api = f"{address}/api/v1"
    step("A sign-up; its e-mail is delivered to a fake Resend")
    ask(f"{api}/users", body={"email": EMAIL}, expected=202)
    token = wait_for(lambda: find_token(read(f"{fakes['resend']}/")), awaited="The e-mail")
    chosen = {"token": token, "password": PASSWORD}
    ask(f"{api}/email-verifications/confirmations", body=chosen, expected=204)
    session = send(f"{api}/sessions", body={"email": EMAIL, "password": PASSWORD}, expected=201)
    headers = {"Authorization": f"Bearer {session['data']['token']}"}
    step("A plan: checkout, payment to a fake Paddle, its webhooks")
    ask(f"{api}/billing/subscription", headers=headers, expected=404)
    key = {"Idempotency-Key": "demo-1"}
    checkout = send(
        f"{api}/billing/checkouts", body={"plan": "pro"}, headers=headers | key, expected=201
    )
    say(f"Paying at {checkout['data']['url']}")
    read(checkout["data"]["url"], data=b"")
    wait_for(lambda: has_plan(f"{api}/billing/subscription", headers), awaited="The subscription")
    ask(f"{api}/billing/subscription", headers=headers)


def find_token(page: str) -> str | None:
    """Return the token in the e-mail that a page shows."""
    found = re.search(r"Your token: (\S+)", html.unescape(page))
    return found[1] if found else None


def has_plan(url: str, headers: Mapping[str, str]) -> bool:
    """Return whether the user has a subscription."""
    try:
        return bool(json.loads(read(url, headers=headers))["data"]["is_active"])
    except urllib.error.HTTPError:
        return False


def wait_for(find: Callable[[], T | None], *, awaited: str) -> T:
    """Call a function until it returns a value, and return that.

    Raises:
        DemoFailed: It returned none for 30 seconds.
    """
    deadline = time.monotonic() + SECONDS_TO_ARRIVE
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.1)
    raise DemoFailed(f"{awaited} did not arrive within {SECONDS_TO_ARRIVE} s.")


def read(url: str, *, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> str:
    """Return the body of a response without printing it."""
    request = urllib.request.Request(url, data, dict(headers or {}))
    with urllib.request.urlopen(request, timeout=30) as response:
        return str(response.read().decode())


def ask(
    url: str,
    *,
    body: object = None,
    headers: Mapping[str, str] | None = None,
    expected: int = 200,
) -> Message:
    """Send a request, print it and its response, and return the response's headers.

    Raises:
        DemoFailed: The status is not the expected one.
    """
    response_headers, text = exchange(url, body=body, headers=headers or {}, expected=expected)
    say(f"{expected} {shorten(text)}")
    return response_headers


def send(url: str, *, body: object, headers: Mapping[str, str] | None = None, expected: int) -> Any:  # noqa: ANN401 - JSON
    """Send a request, and return the response, which is not printed: it has secrets."""
    text = exchange(url, body=body, headers=headers or {}, expected=expected)[1]
    say(f"{expected}")
    return json.loads(text)


def exchange(
    url: str, *, body: object, headers: Mapping[str, str], expected: int
) -> tuple[Message, str]:
    """Print a request, and return the headers and the body of its response.

    Raises:
        DemoFailed: The status is not the expected one.
    """
    data = None if body is None else json.dumps(body).encode()
    say(f"{'GET' if data is None else 'POST'} {url}" + (f"  {data.decode()}" if data else ""))
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            status, response_headers, text = (
                response.status,
                response.headers,
                response.read().decode(),
            )
    except urllib.error.HTTPError as error:
        status, response_headers, text = error.code, error.headers, error.read().decode()
    if status != expected:
        raise DemoFailed(f"{url} responded with {status} instead of {expected}:\n{text}")
    return response_headers, text


def step(text: str) -> None:
    """Print the next step and the elapsed time."""
    print(f"{time.monotonic() - STARTED:5.1f} s  {text}", flush=True)


def say(text: str) -> None:
    """Print a detail of the step."""
    print(f"         {text}", flush=True)


def shorten(text: str, length: int = 1000) -> str:
    """Return the text, truncated if it is long."""
    return text if len(text) <= length else f"{text[:length]} …"


if __name__ == "__main__":
    sys.exit(main())
