"""Waiting for a condition, as long as a busy machine may need."""

import asyncio
from collections.abc import Callable

POLL_SECONDS = 0.01
POLLS = 6000


async def wait_until(condition: Callable[[], object]) -> None:
    """Return once the condition holds; fail after a minute."""
    for _ in range(POLLS):
        if condition():
            return
        await asyncio.sleep(POLL_SECONDS)
    message = "the condition did not come true"
    raise AssertionError(message)
