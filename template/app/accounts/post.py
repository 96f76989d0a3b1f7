"""Mailing a letter after the answer, whose text and time then tell nobody who has an account.

The answer of a route that mails is the same for every address, and is out before anything is looked
up. Then the token is stored, committed, and mailed. A letter is never mailed before the commit.

Where somebody carries mail (see `app.core.email.backends`), what a commit promises is kept: a
sign-up and the order for its letter are one transaction, and so are a token and its letter. Else a process that
dies in between loses the letter, and the user asks for another one.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import structlog
from fastapi import BackgroundTasks, Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.settings import AccountSettings
from app.core.services import get
from app.core.db import AsyncSessionLocal
from app.core.email.backends import Mail, Mailer, Message, hand_over
from app.core.mail_orders import find_writer, order_mail

Write = Callable[[AsyncSession], Awaitable[Message | None]]

log = structlog.get_logger()


class PostBox:
    """Takes what a request wants mailed once it is answered."""

    def __init__(self, tasks: BackgroundTasks, mailer: Mailer, settings: AccountSettings) -> None:
        """Open the box of a request; FastAPI does it."""
        self.settings = settings
        self._tasks = tasks
        self._mailer = mailer

    def put(self, write: Write) -> None:
        """Mail a letter after the answer. It is not mailed if the request fails.

        Args:
            write: Stores what the letter needs and returns it, or `None` if there is none to send.
        """
        self._tasks.add_task(_mail, write, self._mailer)

    async def order(self, session: AsyncSession, *, writer: str, to: str) -> None:
        """Have a letter written and mailed if the request's own transaction is committed.

        Args:
            session: That of the request.
            writer: What the accounts' module named `written_by`.
            to: The address; no work is done that differs with it.
        """
        if not await order_mail(session, writer=writer, to=to):
            write = find_writer(writer)
            self.put(lambda later: write(later, to))

    async def add(self, session: AsyncSession, letter: Message | None) -> None:
        """Mail a letter if the request's own transaction is committed, and if we mail at all."""
        left = await hand_over(session, letter) if letter and self.settings.mails else None
        if left:
            self._tasks.add_task(_send, left, self._mailer)


async def _mail(write: Write, mailer: Mailer) -> None:
    with _failure_logged():
        async with AsyncSessionLocal.begin() as session:
            letter = await write(session)
            left = await hand_over(session, letter) if letter else None
        if left:
            await mailer.send(left)


async def _send(letter: Message, mailer: Mailer) -> None:
    with _failure_logged():
        await mailer.send(letter)


@contextmanager
def _failure_logged() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the answer is out; the log must not hold the letter
        cause = error.__cause__ or error
        log.error("email_not_sent", error=type(error).__name__, cause=type(cause).__name__)  # noqa: TRY400 - see above


async def open_post(request: Request, tasks: BackgroundTasks, mailer: Mail) -> PostBox:
    """Return the box of a request."""
    return PostBox(tasks, mailer, get(AccountSettings))


Post = Annotated[PostBox, Depends(open_post)]
