"""What the tests of accounts share."""

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx2
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.core.email.backends import Message, carry_mail_by, leave_to_caller, mail_through
from app.core.mail_orders import orders_taken_by

PASSWORD = "correct horse battery"
OTHER_PASSWORD = "staple battery horse"
ADA, BOB = "ada@example.com", "bob@example.com"

Register = Callable[..., Awaitable[User]]


MailboxT = TypeVar("MailboxT", bound="Mailbox")


class Mailbox:
    """A mailer that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Message] = []

    async def send(self, message: Message) -> None:
        self.mails.append(message)

    def token(self) -> str:
        """Return the token in the last mail."""
        found = re.search(r"token: (\S{43})\n", self.mails[-1].text)
        assert found, self.mails[-1]
        return found[1]


@contextmanager
def using(mailbox: MailboxT) -> Iterator[MailboxT]:
    """Let mail go into a mailbox, by the hand of whoever wrote it."""
    with mail_through(mailbox), carry_mail_by(leave_to_caller), orders_taken_by(take_none):
        yield mailbox


async def take_none(_session: AsyncSession, _writer: str, _to: str) -> bool:
    return False


async def log_in(
    client: httpx2.AsyncClient, email: str = ADA, password: str = PASSWORD
) -> httpx2.Response:
    return await client.post("/api/v1/sessions", json={"email": email, "password": password})


def bearer(opened: httpx2.Response) -> dict[str, str]:
    """Return the headers that prove a log-in."""
    assert opened.status_code == 201, opened.text
    return {"Authorization": f"Bearer {opened.json()['data']['token']}"}
