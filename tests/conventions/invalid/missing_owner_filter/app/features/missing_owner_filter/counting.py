"""Count the wishes: `python -m app.features.missing_owner_filter.counting`."""

import asyncio

from sqlalchemy import func, select

from app.core.db import ReadSessionLocal
from app.features.missing_owner_filter.models import Wish


async def count_wishes() -> int:
    """Return how many wishes there are."""
    async with ReadSessionLocal() as session:
        count = select(func.count()).select_from(Wish)  # violates: missing-owner-filter
        return await session.scalar(count) or 0


if __name__ == "__main__":
    asyncio.run(count_wishes())
