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

from devtools.fakes.paddle_catalogue import (
    Entity,
    details_of,
    price_of,
    product_of,
)

DELIVERIES = 3
PORTAL = "https://sandbox-customer-portal.paddle.com"
MONTH = timedelta(days=30)
YEAR = timedelta(days=365)
MAX_EVENTS = 1000
PREFIXES = {
    "adjustments": "adj_",
    "customers": "ctm_",
    "subscriptions": "sub_",
    "transactions": "txn_",
}


class PaddleAccount:
    """An account at Paddle.

    Attributes:
        things: Customers, subscriptions, transactions and adjustments, by id.
        outbox: Events that are to be sent.
        events: The last events, the oldest first.
        deliveries: The number of attempts to send an event.
        declines: Declines the next payments.
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
        self.events: list[Entity] = []
        self.deliveries = DELIVERIES
        self.declines = False

    async def pay(self, transaction_id: str) -> Entity:
        """Pay a transaction, send its webhooks out of order, and return the subscription."""
        transaction = self.things[transaction_id]
        if transaction["customer_id"] is None:
            transaction["customer_id"] = self._add_customer("customer@example.com", None)["id"]
        subscription = self._subscribe(transaction)
        self._note("subscription.created", subscription | {"transaction_id": transaction_id})
        self._note("subscription.activated", subscription)
        done = {
            "status": "completed",
            "payments": [attempt_of(transaction, "captured"), *transaction.get("payments", [])],
            "billed_at": now_text(),
            "subscription_id": subscription["id"],
            "invoice_number": self._next_invoice(),
        }
        self._note("transaction.completed", self._put(transaction | done))
        last = self.outbox[-1]
        self.outbox = [*reversed(self.outbox), last]
        await self.deliver()
        return subscription

    def _subscribe(self, transaction: Entity) -> Entity:
        first = price_of(transaction["items"][0]["price"]["id"])
        now, cycle = datetime.now(UTC), first["billing_cycle"]
        end = as_text(now + (YEAR if cycle["interval"] == "year" else MONTH))
        period = {"starts_at": as_text(now), "ends_at": end}
        return self._put(
            {
                "id": new_id("sub"),
                "status": "active",
                "customer_id": transaction["customer_id"],
                "address_id": None,
                "business_id": None,
                "currency_code": "USD",
                "started_at": as_text(now),
                "first_billed_at": as_text(now),
                "next_billed_at": end,
                "paused_at": None,
                "canceled_at": None,
                "discount": None,
                "collection_mode": "automatic",
                "billing_details": None,
                "current_billing_period": period,
                "billing_cycle": cycle,
                "scheduled_change": None,
                "items": subscribed(transaction["items"]),
                "management_urls": {"update_payment_method": None, "cancel": PORTAL},
                "custom_data": transaction["custom_data"],
                "import_meta": None,
            }
        )

    def _next_invoice(self) -> str:
        invoiced = sum(1 for one in self._all("transactions") if one.get("invoice_number"))
        return f"1-{10001 + invoiced}"

    async def fail_payment(self, subscription_id: str) -> Entity:
        """Decline a payment that is due now, send the webhooks, and return its transaction."""
        subscription = self.things[subscription_id]
        due = {"status": "past_due", "billed_at": now_text(), "subscription_id": subscription_id}
        transaction = self._add_transaction(subscription["customer_id"], subscription["items"])
        self._note("transaction.past_due", self._put(transaction | due))
        late = self._put(subscription | {"status": "past_due"})
        self._note("subscription.past_due", late)
        await self.deliver()
        return self.things[transaction["id"]]

    async def change(self, subscription_id: str, event: str, change: Entity) -> Entity:
        """Change a subscription, send the webhooks, and return it."""
        changed = self._put(self.things[subscription_id] | change)
        self._note("subscription.updated", changed)
        if event != "updated":
            self._note(f"subscription.{event}", changed)
        await self.deliver()
        return changed

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
            change = {"scheduled_change": schedule("cancel", subscription)}
        await self.change(subscription_id, "canceled" if immediately else "updated", change)

    async def deliver(self) -> None:
        """Send the events in the outbox; retry those that fail."""
        events = list(self.outbox)
        self.outbox.clear()
        async with httpx2.AsyncClient(transport=self._transport, trust_env=False) as client:
            for event in events:
                for attempt in range(self.deliveries):
                    body = json.dumps(event).encode()
                    header = {
                        "Content-Type": "application/json",
                        "Paddle-Signature": sign(body, secret=self._secret),
                    }
                    try:
                        answer = await client.post(self._webhook_url, content=body, headers=header)
                        if answer.status_code == httpx2.codes.OK:
                            break
                    except httpx2.HTTPError:
                        pass
                    await asyncio.sleep(attempt)

    def _add_transaction(self, customer_id: object, items: list[Entity]) -> Entity:
        """Add an unpaid transaction of some items."""
        transaction = {"id": new_id("txn"), "customer_id": customer_id} | sold(items)
        return self._put(_BLANK_TRANSACTION | transaction)

    def _add_customer(self, email: str, custom_data: object) -> Entity:
        customer: Entity = {"id": new_id("ctm"), "email": email, "custom_data": custom_data}
        unasked: Entity = {"name": None, "marketing_consent": False, "import_meta": None}
        self._put(unasked | {"status": "active", "locale": "en"} | customer)
        self._note("customer.created", self.things[customer["id"]])
        return self.things[customer["id"]]

    def _put(self, thing: Entity) -> Entity:
        now = datetime.now(UTC)
        known = self.things.get(thing["id"], {}).get("updated_at")
        # As Paddle's clock does, it never shows the same time for two changes of an entity.
        after = (
            max(now, datetime.fromisoformat(known) + timedelta(microseconds=1)) if known else now
        )
        moment = as_text(after)
        self.things[thing["id"]] = {"created_at": moment} | thing | {"updated_at": moment}
        return self.things[thing["id"]]

    def _note(self, event_type: str, thing: Entity) -> None:
        event: Entity = {
            "event_id": new_id("evt"),
            "event_type": event_type,
            "occurred_at": now_text(),
        }
        event |= {"data": dict(thing)}
        self.events = [*self.events, event][-MAX_EVENTS:]
        self.outbox.append(event | {"notification_id": new_id("ntf")})

    def _find(self, request: Request, kind: str) -> Entity:
        """Return the entity that a request names in its path."""
        return self._named(request.path_params["id"], kind)

    def _named(self, key: str, kind: str) -> Entity:
        if key not in self.things or not key.startswith(PREFIXES[kind]):
            raise ApiError(404, "not_found", f"Entity {key} not found")
        return self.things[key]

    def _all(self, kind: str) -> list[Entity]:
        return [thing for key, thing in self.things.items() if key.startswith(PREFIXES[kind])]

    def _load(self) -> None:
        if self._state_file and self._state_file.exists():
            state = json.loads(self._state_file.read_text("utf-8"))
            self.things, self.outbox = state["things"], state["outbox"]
            self.events = state.get("events", [])

    def _save(self) -> None:
        if self._state_file:
            self._state_file.parent.mkdir(parents=True, exist_ok=True)
            new = self._state_file.with_suffix(f".{os.getpid()}")
            state = {"things": self.things, "outbox": self.outbox, "events": self.events}
            new.write_text(json.dumps(state), "utf-8")
            new.replace(self._state_file)


_BLANK_TRANSACTION: Entity = {
    "status": "draft",
    "address_id": None,
    "business_id": None,
    "subscription_id": None,
    "custom_data": None,
    "currency_code": "USD",
    "origin": "api",
    "collection_mode": "automatic",
    "discount_id": None,
    "billing_details": None,
    "billing_period": None,
    "invoice_id": None,
    "invoice_number": None,
    "payments": [],
    "billed_at": None,
    "revised_at": None,
    "checkout": None,
    "available_payment_methods": ["card"],
}


def read_items(items: Any) -> list[Entity]:  # noqa: ANN401 - as a request has them
    """Return the items of a request with their prices.

    Raises:
        ApiError: An item has no price or quantity.
    """
    if not isinstance(items, list) or not items:
        raise invalid(items="is required")
    found: list[Entity] = []
    for number, item in enumerate(items):
        price_id, quantity = str(item.get("price_id")), item.get("quantity", 1)
        if not price_id.startswith("pri_"):
            raise invalid(**{f"items.{number}.price_id": "must be the id of a price"})
        if not isinstance(quantity, int) or quantity < 1:
            raise invalid(**{f"items.{number}.quantity": "must be 1 or more"})
        found.append({"price": price_of(price_id), "quantity": quantity, "recurring": True})
    return found


def attempt_of(transaction: Entity, status: str) -> Entity:
    """Return a payment attempt by card: `captured`, or `error` for one that is declined."""
    is_captured, key = status == "captured", transaction["id"].replace("txn_", "pay_")
    card: Entity = {"type": "visa", "last4": "4242", "expiry_month": 1, "expiry_year": 2099}
    return {
        "payment_attempt_id": key,
        "stored_payment_method_id": key,
        "payment_method_id": None,
        "amount": transaction["details"]["totals"]["total"],
        "status": status,
        "error_code": None if is_captured else "declined",
        "method_details": {"type": "card", "card": card | {"cardholder_name": "Ada"}},
        "created_at": now_text(),
        "captured_at": now_text() if is_captured else None,
    }


def sold(items: list[Entity]) -> Entity:
    """Return the items of a transaction and their amounts."""
    named = [{"price_id": item["price"]["id"], "proration": None} | item for item in items]
    return {"items": named, "details": details_of(items)}


def subscribed(items: list[Entity]) -> list[Entity]:
    """Return items as those of an active subscription."""
    now = now_text()
    times: Entity = {"created_at": now, "updated_at": now, "previously_billed_at": now}
    times |= {"next_billed_at": None, "trial_dates": None}
    return [
        {"price": item["price"], "quantity": item["quantity"], "recurring": True}
        | {"status": "active", "product": product_of(item["price"]["product_id"])}
        | times
        for item in items
    ]


def schedule(action: str, subscription: Entity) -> Entity:
    """Return a change at the end of the period."""
    end = (subscription["current_billing_period"] or {}).get("ends_at")
    return {"action": action, "effective_at": end, "resume_at": None}


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

    def __init__(self, status: int, code: str, detail: str, **fields: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.fields = status, code, fields


def invalid(**fields: str) -> ApiError:
    """Return the error of a request with invalid fields: the reason for each."""
    return ApiError(400, "bad_request", "Invalid request.", **fields)


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
    if not isinstance(body, dict):
        raise ApiError(400, "invalid_json", "the body is not an object")
    if missing := [name for name in needed if not body.get(name)]:
        raise invalid(**dict.fromkeys(missing, "is required"))
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
    problem: Entity = {
        "type": "request_error",
        "code": error.code,
        "detail": str(error),
        "documentation_url": f"https://developer.paddle.com/errors/shared/{error.code}",
    }
    if error.fields:
        fields = error.fields.items()
        problem["errors"] = [{"field": name, "message": reason} for name, reason in fields]
    content = {"error": problem, "meta": {"request_id": str(uuid7())}}
    wait = {"Retry-After": str(60 - int(time.time()) % 60)} if error.status == 429 else {}  # noqa: PLR2004 (a status)
    return JSONResponse(content, status_code=error.status, headers=wait)
