"""What Paddle plugs into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.accounts.leaving import when_user_leaves
from app.core.module import Module
from app.core.services import get
from app.integrations.paddle.cancellation import cancel_subscription
from app.integrations.paddle.client import PaddleClient, current_client, serve_client
from app.integrations.paddle.plans import check_plans
from app.integrations.paddle.router import billing_router, webhooks_router
from app.integrations.paddle.settings import PaddleSettings
from app.integrations.paddle.store import forget_user


@asynccontextmanager
async def open_paddle(app: FastAPI) -> AsyncIterator[None]:
    """Keep the client of Paddle's API open while the service runs."""
    settings = get(PaddleSettings)
    if settings.is_production:
        check_plans(app, settings)
    async with PaddleClient(settings) as client:
        app.state.paddle = client
        with serve_client(client), when_user_leaves(forget_user):
            yield


async def ping_paddle() -> None:
    """Raise while Paddle fails so often that it is left alone."""
    await current_client().http.ping()


module = Module(
    name="paddle",
    routers=(webhooks_router, billing_router),
    open=open_paddle,
    ping=ping_paddle,
    required=False,
    settings=PaddleSettings,
    jobs=(cancel_subscription,),
)
