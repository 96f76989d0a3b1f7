"""What the tests of accounts share."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import httpx2

from app.accounts.models import User

PASSWORD = "correct horse battery"
OTHER_PASSWORD = "staple battery horse"
ADA, BOB = "ada@example.com", "bob@example.com"

Register = Callable[..., Awaitable[User]]


@dataclass(frozen=True)
class Sent:
    to: str
    subject: str
    text: str


@dataclass
class Mailbox:
    """A mailer that keeps what it is given."""

    mails: list[Sent] = field(default_factory=list)

    async def send(self, *, to: str, subject: str, text: str) -> None:
        self.mails.append(Sent(to, subject, text))

    def token(self) -> str:
        """Return the token in the last mail."""
        found = re.search(r"token: (\S{43})\n", self.mails[-1].text)
        assert found, self.mails[-1]
        return found[1]


async def log_in(
    client: httpx2.AsyncClient, email: str = ADA, password: str = PASSWORD
) -> httpx2.Response:
    return await client.post("/api/v1/sessions", json={"email": email, "password": password})


def bearer(opened: httpx2.Response) -> dict[str, str]:
    """Return the headers that prove a log-in."""
    assert opened.status_code == 201, opened.text
    return {"Authorization": f"Bearer {opened.json()['data']['token']}"}
