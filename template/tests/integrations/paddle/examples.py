"""Examples shared by the tests of Paddle: events, purchases, and a handler that fails."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.integrations.paddle import events
from devtools.fakes.paddle import FakePaddle

SUBSCRIPTION = "/api/v1/billing/subscription"
CHECKOUTS = "/api/v1/billing/checkouts"
PORTAL = "/api/v1/billing/portal-sessions"
START = datetime(2026, 1, 31, 12, tzinfo=UTC)


async def check_out(client: httpx2.AsyncClient, **order: str | int) -> httpx2.Response:
    return await client.post(CHECKOUTS, json={"plan": "pro"} | order)


async def buy(client: httpx2.AsyncClient, paddle: FakePaddle, **order: str | int) -> str:
    """Buy as a user does, in a browser at Paddle; return the id of the subscription."""
    checkout = (await check_out(client, **order)).json()["data"]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(paddle.app)) as browser:
        assert "Pay" in (await browser.get(checkout["url"])).text
        assert (await browser.post(checkout["url"])).status_code == 303
    return str(paddle.things[checkout["transaction_id"]]["subscription_id"])


def error_of(response: httpx2.Response) -> tuple[int, str]:
    """Return the status and the code of an error."""
    return response.status_code, response.json()["error"]["code"]


def moment(seconds: int) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


def make_event(number: int, event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return an event of a change, `number` seconds after the start."""
    return {
        "event_id": f"evt_{number:04}",
        "event_type": event_type,
        "occurred_at": moment(number),
        "notification_id": f"ntf_{number:04}",
        "data": {"created_at": moment(0), "updated_at": moment(number)} | data,
    }


def customer(number: int, change: str = "created", **data: Any) -> dict[str, Any]:
    default = {"id": "ctm_1", "email": "ada@example.com", "custom_data": None, "status": "active"}
    return make_event(number, f"customer.{change}", default | data)


def subscription(number: int, change: str = "created", **data: Any) -> dict[str, Any]:
    default = {
        "id": "sub_1",
        "customer_id": "ctm_1",
        "status": "active",
        "currency_code": "USD",
        "items": [{"price": {"id": "pri_1", "product_id": "pro_1"}, "quantity": 1}],
        "started_at": moment(0),
        "current_billing_period": {"starts_at": moment(0), "ends_at": moment(2_592_000)},
        "next_billed_at": moment(2_592_000),
        "scheduled_change": None,
        "canceled_at": None,
    }
    return make_event(number, f"subscription.{change}", default | data)


def transaction(number: int, change: str = "completed", **data: Any) -> dict[str, Any]:
    totals = dict.fromkeys(("subtotal", "discount", "tax", "total", "grand_total"), "0")
    default = {
        "id": "txn_1",
        "customer_id": "ctm_1",
        "subscription_id": "sub_1",
        "status": "completed",
        "currency_code": "USD",
        "details": {"totals": totals | {"subtotal": "59900", "tax": "5315", "total": "65215"}},
        "billed_at": moment(number),
    }
    return make_event(number, f"transaction.{change}", default | data)


HISTORY = [
    customer(1),
    subscription(2, "created"),
    subscription(3, "paused", status="paused", next_billed_at=None),
    # One change, two events at the same moment.
    subscription(4, "updated", next_billed_at=None, items=[]) | {"occurred_at": moment(3)},
    transaction(5),
]


async def set_verified(session: AsyncSession, *, verified: bool) -> None:
    moment = datetime.now(UTC) if verified else None
    await session.execute(update(User).values(verified_at=moment))
    await session.commit()


def fail_after_storing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the handler of subscriptions fail after it has stored the row."""
    store = events.store_subscriptions

    async def fail(session: AsyncSession, *args: Any, **kwargs: Any) -> int:
        assert await store(session, *args, **kwargs) == 1
        message = "a failure of the test"
        raise RuntimeError(message)

    monkeypatch.setattr(events, "store_subscriptions", fail)
