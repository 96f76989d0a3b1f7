"""A cache that all processes share. While Redis is away there is none, and values are made."""

from contextlib import suppress

from app.integrations.redis.connection import RedisConnection, RedisUnavailable


class RedisCacheBackend:
    """Keeps values in Redis."""

    def __init__(self, link: RedisConnection) -> None:
        """Take the connection."""
        self._link = link

    async def read(self, key: str) -> bytes | None:
        """Return a value; see `CacheBackend`."""
        try:
            value = await self._link.ask(lambda: self._link.client.get(key))
        except RedisUnavailable:
            return None
        return value if isinstance(value, bytes) else None

    async def write(self, key: str, value: bytes, *, ttl: float) -> None:
        """Keep a value; see `CacheBackend`."""
        client, ttl_ms = self._link.client, max(1, round(ttl * 1000))
        with suppress(RedisUnavailable):
            await self._link.ask(lambda: client.set(key, value, px=ttl_ms))
            await self._link.ask(lambda: client.delete(f"making:{key}"))

    async def delete(self, key: str) -> None:
        """Forget a value; see `CacheBackend`."""
        with suppress(RedisUnavailable):
            await self._link.ask(lambda: self._link.client.delete(key))

    async def claim(self, key: str, *, ttl: float) -> bool:
        """Return whether we are the one to make the value; see `CacheBackend`."""
        client, ttl_ms = self._link.client, max(1, round(ttl * 1000))
        try:
            claimed = await self._link.ask(
                lambda: client.set(f"making:{key}", b"", px=ttl_ms, nx=True)
            )
        except RedisUnavailable:
            return True
        return bool(claimed)
