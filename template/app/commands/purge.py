"""Delete expired rows of every module; run it daily: `python -m app.commands.purge`."""

import structlog

from app.commands import ALL_MODULES, all_settings
from app.core.db import AsyncSessionLocal
from app.core.module import Module
from app.core.runtime import run_command

log = structlog.get_logger()


async def purge() -> None:
    """Delete expired rows in short transactions, and log their number by module."""
    purged = {module.name: await _purge_module(module) for module in ALL_MODULES if module.purge}
    log.info("purged", **purged)


async def _purge_module(module: Module) -> int:
    total = 0
    while purged := await _purge_batch(module):
        total += purged
    return total


async def _purge_batch(module: Module) -> int:
    async with AsyncSessionLocal.begin() as session:
        return await module.purge(session) if module.purge else 0


if __name__ == "__main__":
    run_command(purge, *all_settings())
