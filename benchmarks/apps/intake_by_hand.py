"""Webhooks by hand, on bare FastAPI and the driver: a bare insert, and the least that is safe.

The safe ones check the signature and its age, parse the body, and store and apply the event in one
statement, so in one transaction: a repeated event changes nothing, and an older one overwrites
nothing.
"""

import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import time
from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import orjson
from fastapi import FastAPI, Header, HTTPException, Request

PADDLE_KEY = os.environ["PADDLE_WEBHOOK_SECRET"].encode()
RESEND_KEY = b64decode(os.environ["RESEND_WEBHOOK_SECRET"].removeprefix("whsec_"))
STATES = ["queued", "sent", "delayed", "delivered", "failed", "suppressed", "bounced", "complained"]
PADDLE_TOLERANCE, RESEND_TOLERANCE = 300, 300

STORE_BODY = "INSERT INTO bodies (id, body) VALUES ($1, $2)"
# The update of the customer locks its row, as the service does, so that concurrent events of one
# customer wait for each other.
APPLY_SUBSCRIPTION = """
WITH stored AS (
    INSERT INTO paddle_events (event_id, type, occurred_at, payload, state, applied_at)
    VALUES ($1, $2, $3, $4, 'applied', $5) ON CONFLICT DO NOTHING RETURNING event_id
), customer AS (
    INSERT INTO paddle_customers AS known (id, occurred_at, event_id, changed_at)
    SELECT $6, 'epoch', '', 'epoch' FROM stored
    ON CONFLICT (id) DO UPDATE SET user_id = known.user_id RETURNING user_id, user_left_at
), changed AS (
    INSERT INTO paddle_subscriptions AS known (id, occurred_at, event_id, changed_at, customer_id,
        status, price_ids, product_ids, quantities, currency_code)
    SELECT $7, $3, $1, $8, $6, $9, $10, $11, $12, $13 FROM stored
    ON CONFLICT (id) DO UPDATE SET occurred_at = excluded.occurred_at,
        event_id = excluded.event_id, changed_at = excluded.changed_at, status = excluded.status,
        price_ids = excluded.price_ids, product_ids = excluded.product_ids,
        quantities = excluded.quantities, currency_code = excluded.currency_code
    WHERE (excluded.occurred_at, excluded.event_id) >= (known.occurred_at, known.event_id)
)
SELECT user_id, user_left_at FROM customer
"""
APPLY_DELIVERY = """
WITH email AS (SELECT id, state FROM resend_emails WHERE id = $1 FOR UPDATE), added AS (
    INSERT INTO resend_events (id, email_id, type, occurred_at, created_at)
    SELECT $2, id, $3, $4, now() FROM email ON CONFLICT DO NOTHING RETURNING email_id
)
UPDATE resend_emails SET state = $5, state_at = $4 FROM added JOIN email ON email.id = email_id
WHERE resend_emails.id = email_id AND array_position($6, email.state::text) < $7
"""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the pool."""
    address = os.environ["DATABASE_URL"].replace("+asyncpg", "")
    async with asyncpg.create_pool(address, min_size=4, max_size=5) as app.state.pool:
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/bodies")
async def insert_body(request: Request) -> str:
    """Insert the body, unchecked."""
    body = (await request.body()).decode()
    await request.app.state.pool.execute(STORE_BODY, uuid4(), body)
    return "stored"


@app.post("/paddle_events")
async def apply_paddle_event(
    request: Request, paddle_signature: Annotated[str, Header()]
) -> dict[str, str]:
    """Store and apply a change of a subscription."""
    body = await request.body()
    signed_at, _, signature = paddle_signature.partition(";")
    signed_at = signed_at.removeprefix("ts=")
    right = hmac.digest(PADDLE_KEY, signed_at.encode() + b":" + body, "sha256").hex()
    check(right, signature.removeprefix("h1="), signed_at, PADDLE_TOLERANCE)
    event = orjson.loads(body)
    data: dict[str, Any] = event["data"]
    items = [
        (one["price"]["id"], one["price"]["product_id"], one["quantity"]) for one in data["items"]
    ]
    prices, products, quantities = zip(*items, strict=True)
    owner = await request.app.state.pool.fetchrow(
        APPLY_SUBSCRIPTION,
        *(event["event_id"], event["event_type"], datetime.fromisoformat(event["occurred_at"])),
        *(body.decode(), datetime.now(UTC), data["customer_id"], data["id"]),
        *(datetime.fromisoformat(data["updated_at"]), data["status"]),
        *(prices, products, quantities, data["currency_code"]),
    )
    if owner and (owner["user_id"] or owner["user_left_at"]):
        raise NotImplementedError  # a second subscription, or one of a deleted user
    return {"event_id": event["event_id"]}


@app.post("/resend_events")
async def apply_resend_event(
    request: Request,
    svix_id: Annotated[str, Header()],
    svix_timestamp: Annotated[str, Header()],
    svix_signature: Annotated[str, Header()],
) -> dict[str, str]:
    """Store and apply the delivery of a message."""
    body = await request.body()
    signed = f"{svix_id}.{svix_timestamp}.".encode() + body
    right = b64encode(hmac.digest(RESEND_KEY, signed, "sha256")).decode()
    check(right, svix_signature.removeprefix("v1,"), svix_timestamp, RESEND_TOLERANCE)
    event = orjson.loads(body)
    state = event["type"].removeprefix("email.")
    await request.app.state.pool.execute(
        APPLY_DELIVERY,
        *(UUID(event["data"]["tags"]["mail"]), svix_id, event["type"]),
        *(datetime.fromisoformat(event["created_at"]), state, STATES, STATES.index(state) + 1),
    )
    return {"event_id": svix_id}


def check(right: str, given: str, signed_at: str, tolerance: float) -> None:
    """Refuse a wrong signature in constant time, and one that is too old."""
    if not hmac.compare_digest(right, given) or abs(time() - int(signed_at)) > tolerance:
        raise HTTPException(400)


@app.get("/health/live")
async def live() -> str:
    """Return at once."""
    return "ok"
