"""Accounts with passwords, the emails they receive, and rate limits that start at zero."""

import io
from collections.abc import Iterator

import httpx2
import pytest
import structlog
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.accounts.settings import AccountSettings
from app.core.email import EmailBackend
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.logging import configure_logging
from app.core.services import get, provide
from app.settings import Environment, Settings
from tests.accounts.examples import PASSWORD, Mailbox, Register, run_jobs_after, verify


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    with provide(RateLimitBackend, InMemoryRateLimitBackend()):
        yield


@pytest.fixture
def mailbox(client: httpx2.AsyncClient) -> Iterator[Mailbox]:
    """The emails of a test. The jobs that a request enqueued run after its response."""
    client.event_hooks["response"].append(run_jobs_after)
    with provide(EmailBackend, Mailbox()) as mailbox:
        assert isinstance(mailbox, Mailbox)
        yield mailbox


@pytest.fixture
def without_mail(app: FastAPI) -> Iterator[None]:
    """Run a test with ACCOUNT_MAIL=off."""
    assert app
    settings = get(AccountSettings).model_copy(update={"account_mail": "off"})
    with provide(AccountSettings, settings):
        yield


@pytest.fixture
def register(client: httpx2.AsyncClient, mailbox: Mailbox, session: AsyncSession) -> Register:
    """Sign a user up and verify the address, as a client would."""

    async def register(email: str, password: str = PASSWORD) -> User:
        signed_up = await client.post("/api/v1/users", json={"email": email})
        assert signed_up.status_code == 202
        verified = await verify(client, mailbox.token(), password)
        assert verified.status_code == 204
        users = await session.scalars(select(User).where(User.email == email))
        return users.one()

    return register


@pytest.fixture
def log_stream(settings: Settings) -> Iterator[io.StringIO]:
    """The log as production writes it, at level DEBUG."""
    stream = io.StringIO()
    changes = {"environment": Environment.PRODUCTION, "log_level": "DEBUG"}
    configure_logging(settings.model_copy(update=changes), stream=stream)
    structlog.configure(cache_logger_on_first_use=False)
    yield stream
    configure_logging(settings)
