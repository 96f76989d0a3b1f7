"""Store a letter by hand: `python -m app.features.session_by_hand.loading`."""

import asyncio
import sys

from app.core.db import AsyncSessionLocal
from app.features.session_by_hand.models import Letter


async def load_letter(title: str) -> None:
    """Store a letter: a command has no request, and so no session but its own."""
    async with AsyncSessionLocal.begin() as session:
        session.add(Letter(title=title))


if __name__ == "__main__":
    asyncio.run(load_letter(sys.argv[1]))
