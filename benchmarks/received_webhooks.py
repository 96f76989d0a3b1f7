"""Measures webhooks in a generated service's environment; see `webhooks.py`.

An event is verified, stored and applied in one transaction. The baseline is the least that any
service does: one INSERT of the same body in a separate transaction, sent by the driver alone.
"""

import asyncio
import os
import statistics
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from time import perf_counter

import asyncpg
import orjson
from fastapi import FastAPI

from app.main import create_app
from devtools.fakes.paddle import sign

ROUNDS = 9
EVENTS = 400
AT_ONCE = 4
SECRET = os.environ["PADDLE_WEBHOOK_SECRET"]
SUBSCRIPTIONS = 100
RUN = int(datetime.now(UTC).timestamp())


def bodies() -> Iterator[bytes]:
    """Yield events that each change a subscription, of a usual size of 3 kB."""
    price = {"id": "pri_1", "product_id": "pro_1", "description": "x" * 1200}
    for number in count():
        now = datetime.now(UTC).isoformat()
        data = {
            "id": f"sub_{RUN}_{number % SUBSCRIPTIONS}",
            "customer_id": f"ctm_{RUN}_{number % SUBSCRIPTIONS}",
            "status": "active",
            "currency_code": "USD",
            "items": [{"price": price, "quantity": 1}] * 2,
            "updated_at": now,
        }
        event = {"event_id": f"evt_{RUN}_{number:09}", "event_type": "subscription.updated"}
        yield orjson.dumps(event | {"occurred_at": now, "data": data})


BODIES = bodies()


async def receive_webhook(app: FastAPI) -> None:
    """Call the app with an event, as a server does."""
    body = next(BODIES)
    path = "/api/v1/paddle/webhooks"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"content-length", str(len(body)).encode()),
            (b"paddle-signature", sign(body, secret=SECRET).encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise SystemExit(f"the webhook answered {message['status']}")

    await app(scope, receive, send)


async def per_second(take_one: Callable[[], Awaitable[None]]) -> float:
    """Return the number of calls in a second, with some in parallel."""

    async def take_many() -> None:
        for _ in range(EVENTS // AT_ONCE):
            await take_one()

    started = perf_counter()
    await asyncio.gather(*(take_many() for _ in range(AT_ONCE)))
    return EVENTS / (perf_counter() - started)


async def main() -> None:
    """Measure both alternately, and print the median of the ratios."""
    app = create_app()
    address = os.environ["DATABASE_URL"].replace("+asyncpg", "")
    async with (
        app.router.lifespan_context(app),
        asyncpg.create_pool(address, min_size=AT_ONCE, max_size=AT_ONCE) as pool,
    ):
        await pool.execute("CREATE TABLE IF NOT EXISTS bare (id text PRIMARY KEY, payload jsonb)")
        numbers = count()

        async def insert() -> None:
            async with pool.acquire() as connection, connection.transaction():
                key, body = f"{RUN}_{next(numbers)}", next(BODIES).decode()
                await connection.execute("INSERT INTO bare VALUES ($1, $2)", key, body)

        async def webhook() -> None:
            await receive_webhook(app)

        await per_second(webhook), await per_second(insert)  # warm up
        pairs = [(await per_second(webhook), await per_second(insert)) for _ in range(ROUNDS)]
    ratio = statistics.median(a / b for a, b in pairs)
    ours, bare = (statistics.median(side) for side in zip(*pairs, strict=True))
    print(f"{'webhooks, per second':34}{ratio:8.2f}   of bare inserts, {ours:.0f} / {bare:.0f}")


if __name__ == "__main__":
    asyncio.run(main())
