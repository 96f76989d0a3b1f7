"""Accounts that have passwords, the mail that they get, and limits that start anew."""

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
from app.core.guards.rate_limit import LOCAL_COUNTERS
from app.core.logging import configure_logging
from app.settings import Environment, Settings
from tests.accounts.examples import PASSWORD, Mailbox, Register, using
from tests.conftest import FAST_PASSWORDS


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    LOCAL_COUNTERS.clear()


@pytest.fixture
def mailbox(app: FastAPI) -> Iterator[Mailbox]:
    """Where the service's mail goes during a test, as soon as it is committed."""
    assert app
    with using(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture
def without_mail(app: FastAPI) -> Iterator[None]:
    """Run a test with ACCOUNT_MAIL=off."""
    changed = FAST_PASSWORDS.model_copy(update={"account_mail": "off"})
    before = app.state.configuration[AccountSettings]
    app.state.configuration[AccountSettings] = changed
    yield
    app.state.configuration[AccountSettings] = before


@pytest.fixture
def register(client: httpx2.AsyncClient, mailbox: Mailbox, session: AsyncSession) -> Register:
    """Sign somebody up and verify the address, as a client would."""

    async def register(email: str, password: str = PASSWORD) -> User:
        given = {"email": email, "password": password}
        signed_up = await client.post("/api/v1/users", json=given)
        assert signed_up.status_code == 202
        token = {"token": mailbox.token()}
        verified = await client.post("/api/v1/email-verifications/confirmations", json=token)
        assert verified.status_code == 204
        users = await session.scalars(select(User).where(User.email == email))
        return users.one()

    return register


@pytest.fixture
def log_stream(settings: Settings) -> Iterator[io.StringIO]:
    """What production would log, at the most talkative level."""
    stream = io.StringIO()
    changes = {"environment": Environment.PRODUCTION, "log_level": "DEBUG"}
    configure_logging(settings.model_copy(update=changes), stream=stream)
    structlog.configure(cache_logger_on_first_use=False)
    yield stream
    configure_logging(settings)
