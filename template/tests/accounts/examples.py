"""Helpers shared by the tests of accounts."""

import re
from collections.abc import Awaitable, Callable

import httpx2

from app.accounts.models import User
from app.core.email import EmailBackend, EmailMessage
from tests.conftest import PASSWORD
from tests.core.jobs.running import run_jobs

OTHER_PASSWORD = "staple battery horse"
ADA, BOB = "ada@example.com", "bob@example.com"

CONFIRMATIONS = "/api/v1/email-verifications/confirmations"

Register = Callable[..., Awaitable[User]]


class Mailbox(EmailBackend):
    """An email backend that keeps the messages."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def send(self, message: EmailMessage) -> None:
        self.mails.append(message)

    def token(self) -> str:
        """Return the token in the last message."""
        found = re.search(r"token: (\S{43})\n", self.mails[-1].text)
        assert found, self.mails[-1]
        return found[1]


async def run_jobs_after(_response: httpx2.Response) -> None:
    """Run the jobs that are due; a hook of the client."""
    await run_jobs()


async def log_in(
    client: httpx2.AsyncClient, email: str = ADA, password: str = PASSWORD
) -> httpx2.Response:
    return await client.post("/api/v1/sessions", json={"email": email, "password": password})


def bearer(opened: httpx2.Response) -> dict[str, str]:
    """Return the headers of a logged-in request."""
    assert opened.status_code == 201, opened.text
    return {"Authorization": f"Bearer {opened.json()['data']['token']}"}


def move(client: httpx2.AsyncClient, address: str) -> None:
    """Send the next requests of a client from an address."""
    assert isinstance(client._transport, httpx2.ASGITransport)
    client._transport.client = (address, 50_000)


async def verify(
    client: httpx2.AsyncClient, token: str, password: str = PASSWORD
) -> httpx2.Response:
    """Verify the address of a new account, and choose its password."""
    return await client.post(CONFIRMATIONS, json={"token": token, "password": password})
