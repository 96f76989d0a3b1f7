"""Mailing a letter after the answer, whose text and time then tell nobody who has an account.

The answer of a route that mails is the same for every address, and is out before anything is looked
up. Then the token is stored, committed, and mailed. Should the process die in between, the letter
is lost and the user asks for another one; a letter is never mailed twice, nor before the commit.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated

import structlog
from fastapi import BackgroundTasks, Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.settings import AccountSettings
from app.core.configuration import settings_of
from app.core.database import AsyncSessionLocal
from app.core.mail import Mail, Mailer, Message, hand_over

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


async def _mail(write: Write, mailer: Mailer) -> None:
    try:
        async with AsyncSessionLocal.begin() as session:
            letter = await write(session)
            left = await hand_over(session, letter) if letter else None
        if left:
            await mailer.send(left)
    except Exception as error:  # noqa: BLE001 - the answer is out; the log must not hold the letter
        cause = error.__cause__ or error
        log.error("letter_not_sent", error=type(error).__name__, cause=type(cause).__name__)  # noqa: TRY400


async def open_post(request: Request, tasks: BackgroundTasks, mailer: Mail) -> PostBox:
    """Return the box of a request."""
    return PostBox(tasks, mailer, settings_of(request.app, AccountSettings))


Post = Annotated[PostBox, Depends(open_post)]
