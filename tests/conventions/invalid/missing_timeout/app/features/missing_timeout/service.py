"""A service with a protocol of its own."""

import asyncio

from redis.asyncio import Redis

CACHE = Redis(socket_timeout=None)  # violates: missing-timeout


async def ask(host: str) -> bytes:
    """Return its text."""
    reader, _ = await asyncio.open_connection(host, 79)  # violates: missing-timeout
    async with asyncio.timeout(5):
        return await reader.read()
