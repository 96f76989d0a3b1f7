"""The real app, sending to a fake Resend over HTTP. Commits are real, as jobs need them."""

import asyncio
import io
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest
import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import AsyncSessionLocal
from app.core.email import EmailMessage, enqueue_email
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.logging import configure_logging
from app.core.services import provide
from app.integrations.resend.settings import ResendSettings
from app.main import create_app
from app.settings import Environment, Settings
from devtools.fakes.resend import FakeResend, Json
from tests.conftest import FAST_PASSWORDS
from tests.core.jobs.running import run_jobs
from tests.serving import Stage, address_of
from tests.waiting import wait_until

ADA = "ada@example.com"
KEY = "re_123456789"
SECRET = f"whsec_{b64encode(b'a secret of thirty-two bytes at least').decode()}"
LINKS = {
    "verification_link": "https://app.example.com/verify#{token}",
    "password_reset_link": "https://app.example.com/reset#{token}",
}


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    with provide(RateLimitBackend, InMemoryRateLimitBackend()):
        yield


@pytest.fixture
def fake() -> FakeResend:
    """The fake; it sends a webhook only on `await fake.tell(…)`."""
    webhooks = "http://test/api/v1/resend/webhooks"
    fake = FakeResend(KEY, SECRET, webhooks, tells=False, pauses=(0,))
    fake.requests_a_window = 1000
    return fake


@pytest.fixture(scope="session")
async def stage() -> AsyncIterator[tuple[Stage, str]]:
    """A server in this process, and its address."""
    stage = Stage()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(stage, log_config=None, lifespan="off", ws="none")
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await wait_until(lambda: server.started)
        yield stage, address_of(listener)
        server.should_exit = True
        await serving


@pytest.fixture
def fake_url(fake: FakeResend, stage: tuple[Stage, str]) -> str:
    """The address of this test's fake."""
    stage[0].app = fake.app
    return stage[1]


@pytest.fixture
def resend_settings(fake_url: str) -> ResendSettings:
    return ResendSettings(
        environment=Environment.TEST,
        resend_api_key=SecretStr(KEY),
        resend_api_url=fake_url,
        resend_webhook_secret=(SecretStr(SECRET),),
        resend_requests_per_second=1000,
        mail_from="hello@example.com",
        mail_from_name="Acme, Inc.",
    )


@pytest.fixture
async def app(
    settings: Settings, resend_settings: ResendSettings, fake: FakeResend
) -> AsyncIterator[FastAPI]:
    """The real app, for one test."""
    app = create_app(settings, FAST_PASSWORDS.model_copy(update=LINKS), resend_settings)
    fake.transport = httpx2.ASGITransport(app)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture(autouse=True)
def real_commits(committed_database: AsyncEngine) -> None:
    assert committed_database


@pytest.fixture
def log_stream(settings: Settings) -> Iterator[io.StringIO]:
    """The log of production, at level DEBUG."""
    stream = io.StringIO()
    changes = {"environment": Environment.PRODUCTION, "log_level": "DEBUG"}
    configure_logging(settings.model_copy(update=changes), stream=stream)
    structlog.configure(cache_logger_on_first_use=False)
    yield stream
    configure_logging(settings)


async def send(**changes: Any) -> EmailMessage:
    """Enqueue a message, as a feature would."""
    given: dict[str, Any] = {"to": ADA, "subject": "News", "text": "Hello.\n"}
    message = EmailMessage(**given | changes)
    async with AsyncSessionLocal.begin() as session:
        assert await enqueue_email(session, message) is None
    return message


@pytest.fixture
async def mail(client: httpx2.AsyncClient, fake: FakeResend) -> Json:
    """A mail that Resend has taken, and the service knows that it has."""
    assert client
    await send(to="Ada@example.com")
    await run_jobs()
    return fake.mails[0]
