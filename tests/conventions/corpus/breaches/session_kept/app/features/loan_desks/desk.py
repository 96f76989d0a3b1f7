"""The desk of an officer."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.features.loan_desks.models import LoanApplication

Count = Callable[[], Awaitable[int]]


async def count_waiting(session: AsyncSession) -> int:
    """Return the number of applications that no officer has."""
    waiting = select(func.count()).where(LoanApplication.officer.is_(None))
    return await session.scalar(waiting) or 0


class Desk:
    """The applications of one officer."""

    session: ClassVar[AsyncSession | None] = None

    def __init__(self, officer: str) -> None:
        """Take the officer."""
        self.officer = officer

    @classmethod
    def use(cls, session: AsyncSession) -> type["Desk"]:
        """Read with a session from now on."""
        cls.session = session  # breach: session-kept
        return cls

    async def amount(self) -> int:
        """Return the number of applications of the officer."""
        session = self.session
        if session is None:
            return 0
        own = select(func.count()).where(LoanApplication.officer == self.officer)
        return await session.scalar(own) or 0


class Display:
    """The number on the display in the hall."""

    def __init__(self) -> None:
        """Start with nothing to count."""
        self._count: Count | None = None

    def connect(self, session: AsyncSession) -> None:
        """Count with a session from now on."""
        self._count = partial(count_waiting, session)  # breach: session-kept

    async def number(self) -> int:
        """Return the number of applications that wait."""
        return await self._count() if self._count else 0


DISPLAY = Display()  # also: session-kept
