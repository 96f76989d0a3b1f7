"""Rate limits that all processes count together."""

from app.core.guards.rate_limit import RateLimitBackend, Window
from app.integrations.redis.connection import RedisConnection, RedisUnavailable

# A window without an end would refuse for ever, so one is set whenever it is missing.
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
    """Counts in Redis, in one round trip; in this process as well, for when Redis is away.

    So nobody's count starts anew when Redis goes: what this process has let through still counts.
    """

    def __init__(self, link: RedisConnection, local: RateLimitBackend) -> None:
        """Take where to count, and where besides."""
        self._link = link
        self._local = local
        self._hit = link.client.register_script(_HIT)

    async def hit(self, key: str, *, seconds: int) -> Window:
        """Count a request; see `RateLimitBackend`."""
        local = await self._local.hit(key, seconds=seconds)
        try:
            count, left_ms = await self._link.ask(lambda: self._hit([key], [seconds * 1000]))
        except RedisUnavailable:
            return local
        return Window(count, left_ms / 1000)
