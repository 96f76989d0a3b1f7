"""A soak: one worker responds to 200,000 mixed requests, on request: `make bench only=soak`.

Its memory must not grow after the first 20,000, and its connections and asyncio tasks must be as
many as then. The requests are reads, lists, writes with a key, webhooks and errors.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from pathlib import Path
from time import sleep, time
from typing import NamedTuple
from uuid import uuid4

from benchmarks.measures import Figure, Measure, Result, Sides, at_most
from benchmarks.serving import Bench, Server, State
from benchmarks.sql import execute
from benchmarks.subjects.starts import resident_megabytes
from benchmarks.wire import Connection, encode

WARM, ALL = 20_000, 200_000
CLIENTS = 4
SECONDS_TO_SETTLE = 12
"""Longer than the server keeps an unused connection, so that those of the clients are closed."""

MESSAGE_EVENTS = "/api/v1/resend/webhooks"
PADDLE_EVENTS = "/api/v1/paddle/webhooks"
NOT_DURABLE = "ALTER ROLE CURRENT_USER SET synchronous_commit = off"  # the disk is not soaked
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


class Left(NamedTuple):
    """The use of a worker that has nothing to do.

    Attributes:
        megabytes: Its memory.
        files: Its open files and connections.
        tasks: Its asyncio tasks.
        sessions: The sessions of PostgreSQL on its database.
    """

    megabytes: float
    files: int
    tasks: int
    sessions: int


class Leak(Exception):
    """More connections or tasks are open than before."""


class Kind(NamedTuple):
    """A kind of request: makes one, and the status that it must have."""

    make: Callable[[], bytes]
    status: int


def kinds_of(bench: Bench) -> list[Kind]:
    """Return the kinds of requests that are sent in turn."""
    environment = bench.environment
    user = {"Authorization": f"Bearer {environment['BENCH_TOKEN']}"}
    alert = {"symbol": "AAPL", "condition": "price_above", "threshold": "187.25", "active": True}

    def fixed(path: str, status: int = 200, **headers: str) -> Kind:
        request = encode("GET", f"/api/v1{path}", headers=headers)
        return Kind(lambda: request, status)

    def write() -> bytes:
        return encode(
            "POST", "/api/v1/alerts", alert, headers=user | {"Idempotency-Key": uuid4().hex}
        )

    return [
        fixed("/symbols/AAPL"),
        fixed("/symbols?limit=100"),
        fixed("/alerts?limit=50", **user),
        Kind(write, 201),
        Kind(lambda: paddle_event(environment["PADDLE_WEBHOOK_SECRET"]), 200),
        Kind(lambda: resend_event(environment["RESEND_WEBHOOK_SECRET"]), 200),
        fixed("/measured/plain"),
        fixed("/symbols/NONE", 404),
        fixed(f"/no-such-path-{uuid4().hex}", 404),
        fixed("/symbols?limit=0", 422),
        fixed("/alerts", 401, Authorization="Bearer wrong"),
    ]


def paddle_event(secret: str) -> bytes:
    """Return an event of one of a hundred subscriptions."""
    number, now = uuid4().int % 100, datetime.now(UTC).isoformat()
    data = {"id": f"sub_soak_{number}", "customer_id": f"ctm_soak_{number}", "status": "active"}
    data |= {"currency_code": "USD", "updated_at": now}
    event = {"event_id": f"evt_{uuid4().hex}", "event_type": "subscription.updated"}
    body = json.dumps(event | {"occurred_at": now, "data": data | {"items": ()}}).encode()
    signed_at = str(int(time()))
    signature = digest(secret.encode(), f"{signed_at}:".encode() + body, sha256).hex()
    headers = {"Paddle-Signature": f"ts={signed_at};h1={signature}"}
    return encode("POST", PADDLE_EVENTS, body, headers=headers)


def resend_event(secret: str) -> bytes:
    """Return an event about a message that is not one of the service's."""
    now = datetime.now(UTC).isoformat()
    data = {"email_id": uuid4().hex, "to": ["ada@example.com"], "subject": "Hello"}
    body = json.dumps({"type": "email.delivered", "created_at": now, "data": data}).encode()
    event, signed_at = f"msg_{uuid4().hex}", str(int(time()))
    key = b64decode(secret.removeprefix("whsec_"))
    signature = digest(key, f"{event}.{signed_at}.".encode() + body, sha256)
    headers = {
        "svix-id": event,
        "svix-timestamp": signed_at,
        "svix-signature": f"v1,{b64encode(signature).decode()}",
    }
    return encode("POST", MESSAGE_EVENTS, body, headers=headers)


def send_mixed(server: Server, kinds: list[Kind], count: int) -> None:
    """Send requests over some connections, and check the status of each."""

    def client(first: int) -> None:
        with Connection(server.port) as connection:
            for number in range(first, count, CLIENTS):
                kind = kinds[number // CLIENTS % len(kinds)]
                connection.send(kind.make(), expect=kind.status)

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(client, range(CLIENTS)))


def left_in(bench: Bench, server: Server) -> Left:
    """Return the use of the worker, once the connections of the clients are closed."""
    sleep(SECONDS_TO_SETTLE)
    with Connection(server.port) as connection:
        tasks = int(connection.send(encode("GET", "/api/v1/soak/tasks")))
        files = len(list(Path(f"/proc/{server.process_id}/fd").iterdir()))
    sessions = int(execute(bench, SESSIONS)[0][0])
    return Left(resident_megabytes(server), files, tasks, sessions)


def is_leak(early: Left, late: Left) -> bool:
    """Return whether a worker keeps more connections or tasks than before."""
    return any(now > then for then, now in zip(early[1:], late[1:], strict=True))


class Soak(Measure):
    """A measure of one worker's life: the second side is the same worker, earlier."""

    def take(self, bench: Bench) -> Result:
        """Send all requests.

        Raises:
            Leak: Connections or tasks are left.
        """
        kinds = kinds_of(bench)
        execute(bench, NOT_DURABLE)
        with bench.serve(("-m", "soak_app")) as server:
            send_mixed(server, kinds, WARM)
            early = left_in(bench, server)
            send_mixed(server, kinds, ALL - WARM)
            late = left_in(bench, server)
        print(f"{early}\n{late}")
        if is_leak(early, late):
            raise Leak(f"{early}, and then {late}")
        turn = [Figure(late.megabytes), Figure(early.megabytes)]
        return Result(self.name, self.compared, bench.state, self.aim, [turn])


@contextmanager
def compare_nothing(_: Bench) -> Iterator[Sides]:
    """Refuse: a soak takes its figures from one worker."""
    raise NotImplementedError
    yield


MEASURES = [
    Soak(
        "soak, memory",
        "MB of a worker: after 200,000 mixed requests / after 20,000",
        at_most(1.05),
        compare_nothing,
        states=[State.EVERYTHING_ON],
    )
]
