"""The module that sends e-mail through Resend."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from pydantic import SecretStr

from app.about import VERSION
from app.core.email import EmailBackend
from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import find, get, provide
from app.integrations.resend.backend import ResendEmailBackend
from app.integrations.resend.router import router
from app.integrations.resend.service import forget_user, purge_emails
from app.integrations.resend.settings import ResendSettings


@asynccontextmanager
async def open_resend(_app: FastAPI) -> AsyncIterator[None]:
    """Send through Resend while the service runs; without a key, e-mail goes out as without it."""
    settings = get(ResendSettings)
    if settings.resend_api_key is None:
        yield
        return
    async with make_client(settings, settings.resend_api_key) as client:
        backend = make_backend(settings, client)
        with provide(EmailBackend, backend), provide(ResendEmailBackend, backend):
            yield


def make_client(settings: ResendSettings, key: SecretStr) -> HttpClient:
    """Return a client of the API, which rejects calls without a `User-Agent`.

    https://resend.com/docs/api-reference/introduction
    """
    return HttpClient(
        "resend",
        base_url=settings.resend_api_url,
        max_calls=settings.resend_max_calls,
        headers={
            "Authorization": f"Bearer {key.get_secret_value()}",
            "User-Agent": f"mailer/{VERSION}",
        },
    )


def make_backend(settings: ResendSettings, client: HttpClient) -> ResendEmailBackend:
    """Return the backend that the settings ask for."""
    per_second = settings.resend_requests_per_second
    return ResendEmailBackend(client, sender=settings.sender, per_second=per_second)


async def ping_resend() -> None:
    """Raise while Resend's circuit breaker is open."""
    if backend := find(ResendEmailBackend):
        await backend.ping()


module = Module(
    name="resend",
    router=router,
    open=open_resend,
    ping=ping_resend,
    required=False,
    settings=ResendSettings,
    purge=purge_emails,
    on_user_deleted=forget_user,
)
