"""Store a bill by hand: `python -m app.features.commit_in_service.importing`."""

import asyncio

from app.core.db import AsyncSessionLocal
from app.features.commit_in_service.service import create_bill


async def import_bill() -> None:
    """Store a bill in a transaction of its own."""
    async with AsyncSessionLocal() as session:
        await create_bill(session, "imported")
        await session.commit()


if __name__ == "__main__":
    asyncio.run(import_bill())
