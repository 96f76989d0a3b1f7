"""What Resend plugs into the service: from then on, jobs send mail through its API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.about import VERSION
from app.accounts.leaving import when_user_leaves
from app.core.configuration import settings_of
from app.core.http_client import HttpClient
from app.core.mail import carry_mail_by, mail_through
from app.core.module import Module
from app.integrations.resend.letters import Letters
from app.integrations.resend.router import router
from app.integrations.resend.sending import (
    Outbox,
    Pace,
    ResendMailer,
    carry,
    send_by,
    send_email,
)
from app.integrations.resend.service import forget, purge_emails
from app.integrations.resend.settings import ResendSettings

_clients: list[HttpClient] = []
_kept: list[timedelta] = []


@asynccontextmanager
async def open_resend(app: FastAPI) -> AsyncIterator[None]:
    """Send by Resend while the service runs; mail goes as without it where no key is set."""
    settings = settings_of(app, ResendSettings)
    with when_user_leaves(forget):
        if settings.resend_api_key is None:
            yield
            return
        async with make_client(settings) as client:
            outbox = Outbox(
                client, Letters(), settings.sender, Pace(settings.resend_requests_per_second)
            )
            _clients.append(client)
            try:
                with send_by(outbox), mail_through(ResendMailer()), carry_mail_by(carry):
                    yield
            finally:
                _clients.remove(client)


def make_client(settings: ResendSettings) -> HttpClient:
    """Return a client of the API. Resend refuses calls without a `User-Agent`.

    https://resend.com/docs/api-reference/introduction
    """
    key = settings.resend_api_key
    return HttpClient(
        "resend",
        base_url=str(settings.resend_api_url),
        headers={
            "Authorization": f"Bearer {key.get_secret_value() if key else ''}",
            "User-Agent": f"mailer/{VERSION}",
        },
    )


async def ping_resend() -> None:
    """Raise while Resend is left alone, since it keeps failing."""
    for client in _clients:
        await client.ping()


module = Module(
    name="resend",
    routers=(router,),
    open=open_resend,
    ping=ping_resend,
    is_needed=False,
    settings=ResendSettings,
    jobs=(send_email,),
)
