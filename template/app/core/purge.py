"""Delete what has expired; run it daily, on any one machine: `python -m app.core.purge`."""

import asyncio
from typing import cast

import structlog

from app.core.configuration import load_configuration
from app.core.database import AsyncSessionLocal, open_database
from app.core.idempotency import purge_kept_answers
from app.core.logging import configure_logging
from app.settings import Settings

log = structlog.get_logger()


async def purge(settings: Settings) -> int:
    """Delete expired answers of idempotent requests, a transaction a thousand.

    Returns:
        How many were deleted.
    """
    total = 0
    async with open_database(settings):
        while purged := await _purge_some():
            total += purged
    return total


async def _purge_some() -> int:
    async with AsyncSessionLocal.begin() as session:
        return await purge_kept_answers(session)


def main() -> None:
    """Purge, and log how much there was."""
    settings = cast("Settings", load_configuration([Settings])[Settings])
    configure_logging(settings)
    log.info("purged", kept_answers=asyncio.run(purge(settings)))


if __name__ == "__main__":
    main()
