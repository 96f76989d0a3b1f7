"""Counting two things."""

import asyncio

from fastapi import BackgroundTasks
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.owned import OwnReadSession
from app.core.db import AsyncSessionLocal, ReadSession


async def count_both(session: ReadSession) -> list[int | None]:
    """Return both."""
    return await asyncio.gather(_count(session), _count(session))  # violates: shared-session


async def count_own(session: OwnReadSession) -> None:
    """Count one's own, twice."""
    await asyncio.gather(_count(session), _count(session))  # violates: shared-session


async def count_later(session: AsyncSession, tasks: BackgroundTasks) -> None:
    """Count when the answer is out."""
    tasks.add_task(_count, session)  # violates: shared-session


async def count_beside() -> None:
    """Count while something else happens."""
    async with AsyncSessionLocal() as mine:
        counting = asyncio.create_task(_count(mine))  # violates: shared-session
        await _count(mine)
        await counting


async def _count(session: AsyncSession) -> int | None:
    return await session.scalar(text("SELECT 1"))
