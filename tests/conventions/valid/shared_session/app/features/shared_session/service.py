"""Counting two things."""

import asyncio

from fastapi import BackgroundTasks
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import AsyncSessionLocal, ReadSession


async def count_both(session: ReadSession) -> list[int | None]:
    """Return both."""
    return [await _count(session), await _count(session)]


async def count_beside(session: ReadSession) -> int | None:
    """Count while something else happens."""
    count, _ = await asyncio.gather(_count(session), asyncio.sleep(1))
    return count


async def count_later(session: AsyncSession, tasks: BackgroundTasks) -> None:
    """Count when the answer is out."""
    await _count(session)
    tasks.add_task(_count_alone)


async def _count_alone() -> None:
    async with AsyncSessionLocal() as session:
        await _count(session)


async def _count(session: AsyncSession) -> int | None:
    return await session.scalar(text("SELECT 1"))
