"""A service with a protocol of its own."""

import asyncio

from redis.asyncio import Redis

CACHE = Redis(socket_timeout=2, retry_on_error=None)


async def ask(host: str) -> bytes:
    """Return its text."""
    async with asyncio.timeout(5):
        reader, _ = await asyncio.open_connection(host, 79)
        return await reader.read()


async def reach(host: str) -> None:
    """Only connect."""
    _, writer = await asyncio.wait_for(asyncio.open_connection(host, 79), 5)
    writer.close()
