"""A cache that all processes share; while Redis is unavailable, values are computed each time."""

from contextlib import suppress

from app.integrations.redis.connection import RedisConnection, RedisUnavailable


class RedisCacheBackend:
    """Stores values in Redis; see `CacheBackend`."""

    def __init__(self, connection: RedisConnection) -> None:
        """Take the connection."""
        self._execute = connection.execute
        self._client = connection.client

    async def read(self, key: str) -> bytes | None:
        """Return a value that has not expired."""
        with suppress(RedisUnavailable):
            value = await self._execute(lambda: self._client.get(key))
            return value if isinstance(value, bytes) else None
        return None

    async def write(self, key: str, value: bytes, *, ttl: float) -> None:
        """Store a value, and release the claim to compute it."""
        with suppress(RedisUnavailable):
            await self._execute(lambda: self._client.set(key, value, px=_milliseconds(ttl)))
            await self._execute(lambda: self._client.delete(f"making:{key}"))

    async def delete(self, key: str) -> None:
        """Delete a value."""
        with suppress(RedisUnavailable):
            await self._execute(lambda: self._client.delete(key))

    async def claim(self, key: str, *, ttl: float) -> bool:
        """Return whether this process is the one to compute the value."""
        with suppress(RedisUnavailable):
            ttl_ms = _milliseconds(ttl)
            return bool(
                await self._execute(
                    lambda: self._client.set(f"making:{key}", b"", px=ttl_ms, nx=True)
                )
            )
        return True


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
