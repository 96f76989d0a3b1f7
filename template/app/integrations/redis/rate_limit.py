"""Rate limits that all processes count together."""

from app.core.guards.rate_limit import RateLimitBackend, Window
from app.integrations.redis.connection import RedisConnection, RedisUnavailable

# A window that never expires would reject its caller for ever, so a missing expiry is set.
_HIT = """
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    left = tonumber(ARGV[1])
end
return {count, left}
"""


class RedisRateLimitBackend:
    """Counts requests in Redis, and in this process as a fallback while Redis is unavailable.

    Both counts are kept all the time, so a caller gets no new attempts when Redis fails.
    """

    def __init__(self, connection: RedisConnection, fallback: RateLimitBackend) -> None:
        """Take the connection, and the backend of this process."""
        self._connection = connection
        self._fallback = fallback
        self._hit = connection.client.register_script(_HIT)

    async def hit(self, key: str, *, seconds: int) -> Window:
        """Count a request, in one round trip; see `RateLimitBackend`."""
        local = await self._fallback.hit(key, seconds=seconds)
        try:
            count, left_ms = await self._connection.execute(
                lambda: self._hit([key], [seconds * 1000])
            )
        except RedisUnavailable:
            return local
        return Window(count, left_ms / 1000)
