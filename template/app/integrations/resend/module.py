"""What Resend plugs into the service: from then on, jobs send mail through its API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from pydantic import SecretStr

from app.about import VERSION
from app.accounts.leaving import when_user_leaves
from app.core.services import get
from app.core.email.backends import carry_mail_by, mail_through
from app.core.http import HttpClient
from app.core.module import Module
from app.integrations.resend.backend import ResendMailer, carry
from app.integrations.resend.router import router
from app.integrations.resend.service import forget, purge_emails
from app.integrations.resend.settings import ResendSettings

_clients: list[HttpClient] = []


@asynccontextmanager
async def open_resend(app: FastAPI) -> AsyncIterator[None]:
    """Send by Resend while the service runs; mail goes as without it where no key is set."""
    settings = get(ResendSettings)
    with when_user_leaves(forget):
        if settings.resend_api_key is None:
            yield
            return
        async with make_client(settings, settings.resend_api_key) as client:
            mailer = make_mailer(settings, client)
            _clients.append(client)
            try:
                with mail_through(mailer), carry_mail_by(carry):
                    yield
            finally:
                _clients.remove(client)


def make_client(settings: ResendSettings, key: SecretStr) -> HttpClient:
    """Return a client of the API, which refuses calls without a `User-Agent`.

    https://resend.com/docs/api-reference/introduction
    """
    return HttpClient(
        "resend",
        base_url=str(settings.resend_api_url),
        headers={
            "Authorization": f"Bearer {key.get_secret_value()}",
            "User-Agent": f"mailer/{VERSION}",
        },
    )


def make_mailer(settings: ResendSettings, client: HttpClient) -> ResendMailer:
    """Return what sends mail as the settings say."""
    per_second = settings.resend_requests_per_second
    return ResendMailer(client, sender=settings.sender, per_second=per_second)


async def ping_resend() -> None:
    """Raise while Resend is left alone, since it keeps failing."""
    for client in _clients:
        await client.ping()


module = Module(
    name="resend",
    router=router,
    open=open_resend,
    ping=ping_resend,
    required=False,
    settings=ResendSettings,
    purge=purge_emails,
)
