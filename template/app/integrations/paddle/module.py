"""The Paddle module: opens the client of Paddle's API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.module import Module
from app.core.services import get, provide
from app.integrations.paddle.cancellation import cancel_subscription, forget_user
from app.integrations.paddle.client import PaddleClient
from app.integrations.paddle.customers import follow_address, update_address
from app.integrations.paddle.duplicates import end_second_subscription
from app.integrations.paddle.plans import check_plans
from app.integrations.paddle.router import router
from app.integrations.paddle.settings import PaddleSettings


@asynccontextmanager
async def open_paddle(app: FastAPI) -> AsyncIterator[None]:
    """Provide the client while the service runs."""
    settings = get(PaddleSettings)
    if settings.is_production:
        check_plans(app)
    async with PaddleClient(settings) as client:
        with provide(PaddleClient, client):
            yield


async def ping_paddle() -> None:
    """Raise while the circuit breaker is open; sends no request."""
    await get(PaddleClient).ping()


module = Module(
    name="paddle",
    router=router,
    open=open_paddle,
    ping=ping_paddle,
    required=False,
    settings=PaddleSettings,
    jobs=(cancel_subscription, end_second_subscription, update_address),
    on_address_verified=follow_address,
    on_user_deleted=forget_user,
)
