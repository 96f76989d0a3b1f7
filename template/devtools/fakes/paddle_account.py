"""The data of a fake Paddle, its webhooks, and the format of its requests and responses."""

import asyncio
import hmac
import json
import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from uuid_utils import uuid7

DELIVERIES = 3
MONTH = timedelta(days=30)
PREFIXES = {"customers": "ctm_", "subscriptions": "sub_", "transactions": "txn_"}

Entity = dict[str, Any]


class PaddleAccount:
    """An account at Paddle.

    Attributes:
        things: Customers, subscriptions and transactions, by id.
        outbox: Events that are to be sent.
        deliveries: The number of attempts to send an event.
    """

    def __init__(
        self,
        *,
        secret: str,
        webhook_url: str,
        state_file: Path | None,
        transport: httpx2.AsyncBaseTransport | None,
    ) -> None:
        """Open an account; the arguments are those of `FakePaddle`."""
        self._secret, self._webhook_url = secret, webhook_url
        self._state_file, self._transport = state_file, transport
        self.things: dict[str, Entity] = {}
        self.outbox: list[Entity] = []
        self.deliveries = DELIVERIES

    async def pay(self, transaction_id: str) -> Entity:
        """Pay a transaction, send its webhooks out of order, and return the subscription."""
        transaction = self.things[transaction_id]
        if transaction["customer_id"] is None:
            transaction["customer_id"] = self._add_customer("customer@example.com", None)["id"]
        now = datetime.now(UTC)
        subscription = self._put(
            {
                "id": new_id("sub"),
                "status": "active",
                "customer_id": transaction["customer_id"],
                "transaction_id": transaction_id,
                "custom_data": transaction["custom_data"],
                "currency_code": "USD",
                "items": transaction["items"],
                "started_at": now_text(),
                "current_billing_period": {
                    "starts_at": as_text(now),
                    "ends_at": as_text(now + MONTH),
                },
                "next_billed_at": as_text(now + MONTH),
                "scheduled_change": None,
                "canceled_at": None,
            }
        )
        self._note("subscription.created", subscription)
        self._note("subscription.activated", subscription)
        done = {
            "status": "completed",
            "billed_at": now_text(),
            "subscription_id": subscription["id"],
        }
        self._note("transaction.completed", self._put(transaction | done))
        last = self.outbox[-1]
        self.outbox = [*reversed(self.outbox), last]
        await self.deliver()
        return subscription

    async def cancel(self, subscription_id: str, *, immediately: bool) -> None:
        """Cancel a subscription now or at the end of its period, and send the webhooks."""
        subscription = self.things[subscription_id]
        if immediately:
            change: Entity = {
                "status": "canceled",
                "canceled_at": now_text(),
                "next_billed_at": None,
            }
            change |= {"current_billing_period": None, "scheduled_change": None}
        else:
            end = subscription["current_billing_period"]["ends_at"]
            change = {"scheduled_change": {"action": "cancel", "effective_at": end}}
        self._note("subscription.updated", self._put(subscription | change))
        if immediately:
            self._note("subscription.canceled", self.things[subscription_id])
        await self.deliver()

    async def deliver(self) -> None:
        """Send the events in the outbox; retry those that fail."""
        events = list(self.outbox)
        self.outbox.clear()
        async with httpx2.AsyncClient(transport=self._transport, trust_env=False) as client:
            for event in events:
                for attempt in range(self.deliveries):
                    body = json.dumps(event).encode()
                    header = {"Paddle-Signature": sign(body, secret=self._secret)}
                    try:
                        answer = await client.post(self._webhook_url, content=body, headers=header)
                        if answer.status_code == httpx2.codes.OK:
                            break
                    except httpx2.HTTPError:
                        pass
                    await asyncio.sleep(attempt)

    def _add_customer(self, email: str, custom_data: object) -> Entity:
        customer = {"id": new_id("ctm"), "email": email, "custom_data": custom_data}
        self._put(customer | {"status": "active", "name": None, "locale": "en"})
        self._note("customer.created", self.things[customer["id"]])
        return self.things[customer["id"]]

    def _put(self, thing: Entity) -> Entity:
        now = now_text()
        self.things[thing["id"]] = {"created_at": now} | thing | {"updated_at": now}
        return self.things[thing["id"]]

    def _note(self, event_type: str, thing: Entity) -> None:
        event = {"event_id": new_id("evt"), "event_type": event_type, "occurred_at": now_text()}
        self.outbox.append(event | {"notification_id": new_id("ntf"), "data": dict(thing)})

    def _all(self, kind: str) -> list[Entity]:
        return [thing for key, thing in self.things.items() if key.startswith(PREFIXES[kind])]

    def _load(self) -> None:
        if self._state_file and self._state_file.exists():
            state = json.loads(self._state_file.read_text("utf-8"))
            self.things, self.outbox = state["things"], state["outbox"]

    def _save(self) -> None:
        if self._state_file:
            self._state_file.parent.mkdir(parents=True, exist_ok=True)
            new = self._state_file.with_suffix(f".{os.getpid()}")
            new.write_text(json.dumps({"things": self.things, "outbox": self.outbox}), "utf-8")
            new.replace(self._state_file)


def sign(body: bytes, *, secret: str, at: float | None = None) -> str:
    """Return the value of `Paddle-Signature` for a body."""
    seconds = int(time.time() if at is None else at)
    signed = hmac.new(secret.encode(), f"{seconds}:".encode() + body, sha256).hexdigest()
    return f"ts={seconds};h1={signed}"


def new_id(prefix: str) -> str:
    """Return an id as Paddle writes them; a later one sorts behind an earlier."""
    return f"{prefix}_{uuid7().hex[:26]}"


def now_text() -> str:
    """Return this moment as Paddle writes it."""
    return as_text(datetime.now(UTC))


def as_text(moment: datetime) -> str:
    """Return a moment as Paddle writes it."""
    return moment.isoformat().replace("+00:00", "Z")


class ApiError(Exception):
    """An error response in Paddle's format."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


async def read_body(request: Request, *, needed: Iterable[str] = ()) -> Entity:
    """Return the JSON object of a request.

    Args:
        request: The request.
        needed: The fields that it must have.

    Raises:
        ApiError: It is not an object, or a field is missing.
    """
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        raise ApiError(400, "invalid_json", "the body is not JSON") from None
    if not isinstance(body, dict) or any(not body.get(name) for name in needed):
        raise ApiError(400, "bad_request", f"needed: {', '.join(needed)}")
    return body


def write_response(
    data: object, *, status: int = 200, pagination: Entity | None = None
) -> Response:
    """Return a response in Paddle's envelope."""
    meta: Entity = {"request_id": str(uuid7())}
    if pagination is not None:
        meta["pagination"] = pagination
    return JSONResponse({"data": data, "meta": meta}, status_code=status)


def write_error(error: ApiError) -> Response:
    """Return an error in Paddle's envelope."""
    problem = {
        "type": "request_error",
        "code": error.code,
        "detail": str(error),
        "documentation_url": f"https://developer.paddle.com/errors/shared/{error.code}",
    }
    content = {"error": problem, "meta": {"request_id": str(uuid7())}}
    wait = {"Retry-After": str(60 - int(time.time()) % 60)} if error.status == 429 else {}  # noqa: PLR2004
    return JSONResponse(content, status_code=error.status, headers=wait)
