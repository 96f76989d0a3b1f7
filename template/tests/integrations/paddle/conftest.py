"""The service beside a fake Paddle, which sends its webhooks straight into the app."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import orjson
import pytest
from fastapi import Depends, FastAPI
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from app.accounts.dependencies import CurrentUser
from app.core.api import DataResponse, Envelope, Router
from app.core.db import AsyncSessionLocal, Base
from app.core.guards.rate_limit import InMemoryRateLimitBackend
from app.core.services import get
from app.integrations.paddle import reconcile
from app.integrations.paddle.client import PaddleClient, serve_client
from app.integrations.paddle.models import (
    PaddleCustomer,
    PaddleEvent,
    PaddleSubscription,
    PaddleTransaction,
)
from app.integrations.paddle.plans import require_plan
from app.integrations.paddle.settings import PaddleSettings
from app.main import create_app
from app.settings import Environment, Settings
from devtools.fakes.paddle import FakePaddle, sign
from tests.conftest import FAST_PASSWORDS, ClientFor

SECRET = "pdl_ntfset_of_the_tests"
WEBHOOKS = "/api/v1/paddle/webhooks"
PLANS = {"pro": ("pri_1", "pri_2"), "team": ("pri_3",)}
START = datetime(2026, 1, 31, 12, tzinfo=UTC)

Send = Callable[..., Awaitable[httpx2.Response]]

probes = Router(prefix="/probes")


def paddle_settings(**changes: Any) -> PaddleSettings:
    """Return the settings of the service under test; a slow machine makes no signature stale."""
    values: dict[str, Any] = {
        "environment": Environment.TEST,
        "paddle_api_key": SecretStr("pdl_key_of_the_tests"),
        "paddle_webhook_secret": SecretStr(SECRET),
        "paddle_api_url": "http://paddle.test",
        "paddle_plans": PLANS,
        "paddle_webhook_tolerance_seconds": 600,
    }
    return PaddleSettings(**(values | changes))


@pytest.fixture
async def paddle(
    app: FastAPI, database: AsyncConnection | AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[FakePaddle]:
    """A fake Paddle, and the app connected to it."""
    assert database
    settings = paddle_settings()
    fake = FakePaddle(
        api_key="pdl_key_of_the_tests",
        secret=SECRET,
        webhook_url=f"http://test{WEBHOOKS}",
        transport=httpx2.ASGITransport(app, raise_app_exceptions=False),
    )
    get(InMemoryRateLimitBackend).clear()
    monkeypatch.setattr(reconcile, "SECONDS_BETWEEN_PAGES", 0)
    monkeypatch.setitem(app.state.configuration, PaddleSettings, settings)
    async with PaddleClient(settings, transport=httpx2.ASGITransport(fake.app)) as client:
        before, app.state.paddle = app.state.paddle, client
        with serve_client(client):
            yield fake
        app.state.paddle = before


@pytest.fixture
def send(client: httpx2.AsyncClient, paddle: FakePaddle) -> Send:
    """Send an event as Paddle does: `await send(event)`."""
    assert paddle

    async def post(event: object, **headers: str) -> httpx2.Response:
        body = orjson.dumps(event)
        signature = {"Paddle-Signature": sign(body, secret=SECRET)}
        return await client.post(WEBHOOKS, content=body, headers=signature | headers)

    return post


def moment(seconds: int) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


def make_event(number: int, event_type: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return the event that told of a change, `number` seconds after the start."""
    return {
        "event_id": f"evt_{number:04}",
        "event_type": event_type,
        "occurred_at": moment(number),
        "notification_id": f"ntf_{number:04}",
        "data": {"created_at": moment(0), "updated_at": moment(number)} | data,
    }


def customer(number: int, kind: str = "created", **data: Any) -> dict[str, Any]:
    known = {"id": "ctm_1", "email": "ada@example.com", "custom_data": None, "status": "active"}
    return make_event(number, f"customer.{kind}", known | data)


def subscription(number: int, kind: str = "created", **data: Any) -> dict[str, Any]:
    known = {
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
    return make_event(number, f"subscription.{kind}", known | data)


def transaction(number: int, kind: str = "completed", **data: Any) -> dict[str, Any]:
    totals = dict.fromkeys(("subtotal", "discount", "tax", "total", "grand_total"), "0")
    known = {
        "id": "txn_1",
        "customer_id": "ctm_1",
        "subscription_id": "sub_1",
        "status": "completed",
        "currency_code": "USD",
        "details": {"totals": totals | {"subtotal": "59900", "tax": "5315", "total": "65215"}},
        "billed_at": moment(number),
    }
    return make_event(number, f"transaction.{kind}", known | data)


TABLES: tuple[type[Base], ...] = (PaddleCustomer, PaddleSubscription, PaddleTransaction)


async def read_tables() -> dict[str, list[dict[str, Any]]]:
    """Return all that is kept of Paddle's things."""
    async with AsyncSessionLocal() as session:
        return {
            model.__tablename__: [
                dict(row._mapping)
                for row in await session.execute(
                    select(*model.__table__.columns).order_by(model.__table__.c.id)
                )
            ]
            for model in TABLES
        }


async def read_events(session: AsyncSession) -> dict[str, str]:
    """Return the state of each event that is kept."""
    found = await session.execute(select(PaddleEvent.event_id, PaddleEvent.state))
    return {row.event_id: row.state for row in found}


@probes.get("/pro", dependencies=[Depends(require_plan("pro"))], response_model=Envelope[str])
async def read_for_pro(user: CurrentUser) -> DataResponse[str]:
    """Answer users with the plan pro."""
    return DataResponse(user.email)


@pytest.fixture
async def ada(client_for: ClientFor, paddle: FakePaddle) -> httpx2.AsyncClient:
    assert paddle
    return await client_for("ada@example.com")


@pytest.fixture
async def guarded(
    app: FastAPI, ada: httpx2.AsyncClient, settings: Settings
) -> AsyncIterator[httpx2.AsyncClient]:
    """Ada's client of a service with a route that needs a plan."""
    other = create_app(settings, FAST_PASSWORDS, paddle_settings())
    other.include_router(probes)
    assert app
    transport = httpx2.ASGITransport(other, raise_app_exceptions=False)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://test", headers=ada.headers
    ) as client:
        yield client
