"""The service next to a fake Paddle, which sends its webhooks directly into the app."""

from collections.abc import AsyncIterator, Awaitable, Callable
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
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.services import provide
from app.integrations.paddle import reconcile
from app.integrations.paddle.client import PaddleClient
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

Send = Callable[..., Awaitable[httpx2.Response]]

probes = Router(prefix="/probes")


def paddle_settings(**changes: Any) -> PaddleSettings:
    """Return the settings of the service; the age limit of signatures suits a slow machine."""
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
    monkeypatch.setattr(reconcile, "SECONDS_BETWEEN_PAGES", 0)
    async with PaddleClient(settings, transport=httpx2.ASGITransport(fake.app)) as client:
        with (
            provide(PaddleSettings, settings),
            provide(PaddleClient, client),
            provide(RateLimitBackend, InMemoryRateLimitBackend()),
        ):
            yield fake


@pytest.fixture
def send(client: httpx2.AsyncClient, paddle: FakePaddle) -> Send:
    """Send an event as Paddle does: `await send(event)`."""
    assert paddle

    async def post(event: object, **headers: str) -> httpx2.Response:
        body = orjson.dumps(event)
        signature = {"Paddle-Signature": sign(body, secret=SECRET)}
        return await client.post(WEBHOOKS, content=body, headers=signature | headers)

    return post


TABLES: tuple[type[Base], ...] = (PaddleCustomer, PaddleSubscription, PaddleTransaction)


async def read_tables() -> dict[str, list[dict[str, Any]]]:
    """Return all customers, subscriptions and transactions."""
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
    """Return the state of each stored event."""
    events = await session.execute(select(PaddleEvent.event_id, PaddleEvent.state))
    return {row.event_id: row.state for row in events}


@probes.get("/pro", dependencies=[Depends(require_plan("pro"))], response_model=Envelope[str])
async def read_for_pro(user: CurrentUser) -> DataResponse[str]:
    """Return the address of a user with the plan pro."""
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
