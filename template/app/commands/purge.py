"""Delete what has expired; run it daily, on any one machine: `python -m app.commands.purge`."""

import asyncio
from collections.abc import Iterable
from typing import cast

import structlog

from app.core.config import load_settings
from app.core.db import AsyncSessionLocal, open_database
from app.core.logging import configure_logging
from app.core.module import Module
from app.features import FEATURES
from app.modules import MODULES
from app.settings import Settings

log = structlog.get_logger()


async def purge(settings: Settings, modules: Iterable[Module]) -> dict[str, int]:
    """Delete what has expired, in short transactions.

    Returns:
        How many rows were deleted, by module.
    """
    async with open_database(settings):
        return {m.name: await _purge_all(m) for m in modules if m.purge}


async def _purge_all(module: Module) -> int:
    total = 0
    while purged := await _purge_some(module):
        total += purged
    return total


async def _purge_some(module: Module) -> int:
    async with AsyncSessionLocal.begin() as session:
        return await module.purge(session) if module.purge else 0


def main() -> None:
    """Purge, and log how much there was."""
    settings = cast("Settings", load_settings([Settings])[Settings])
    configure_logging(settings)
    log.info("purged", **asyncio.run(purge(settings, (*MODULES, *FEATURES))))


if __name__ == "__main__":
    main()
