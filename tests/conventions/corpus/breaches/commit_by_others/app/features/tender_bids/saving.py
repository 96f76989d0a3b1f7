"""A mixin of repositories, and a decorator of services, that save what was changed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Base

P = ParamSpec("P")
R = TypeVar("R")


class Saving:
    """Gives a repository a `save`."""

    db: AsyncSession

    async def save(self, row: Base) -> None:
        """Store a row for good."""
        self.db.add(row)
        await self.db.commit()  # breach: commit-by-others


def transactional(
    function: Callable[Concatenate[AsyncSession, P], Awaitable[R]],
) -> Callable[Concatenate[AsyncSession, P], Awaitable[R]]:
    """Commit after a service function, and roll back when it raises."""

    @wraps(function)
    async def call(db: AsyncSession, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            result = await function(db, *args, **kwargs)
        except Exception:
            await db.rollback()  # breach: commit-by-others
            raise
        else:
            await db.commit()  # breach: commit-by-others
        return result

    return call


@asynccontextmanager
async def unit_of_work(given: AsyncSession) -> AsyncIterator[AsyncSession]:
    """Commit when the block ends."""
    yield given
    finish = given.commit
    await finish()  # breach: commit-by-others
