"""Rate limits that all processes count together."""

from app.core.guards.rate_limit import Allowance, RateLimitBackend, allowance_after, interval_of
from app.integrations.redis.connection import RedisConnection, RedisUnavailable

# The value is the time at which the quota is complete again, in microseconds by the clock of Redis,
# and it expires then. After a failover to a clock that is behind, no client waits longer than for
# its whole quota. `%.0f` writes all digits of the time; Lua's own conversion keeps fourteen.
_HIT = """
local amount, interval, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local complete_at = tonumber(redis.call('GET', KEYS[1])) or 0
local used = math.min(math.max(complete_at - now, 0), amount * interval)
local after = math.max(used + cost * interval, 0)
if after > amount * interval then
    return {1, used}
end
if after == 0 then
    redis.call('DEL', KEYS[1])
else
    redis.call('SET', KEYS[1], string.format('%.0f', now + after), 'PX', math.ceil(after / 1000))
end
return {0, after}
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

    async def hit(self, key: str, *, amount: int, seconds: int, cost: int = 1) -> Allowance:
        """Count a request, in one round trip; see `RateLimitBackend`."""
        local = await self._fallback.hit(key, amount=amount, seconds=seconds, cost=cost)
        interval = interval_of(amount, seconds)
        try:
            is_exceeded, used = await self._connection.execute(
                lambda: self._hit([key], [amount, interval, cost])
            )
        except RedisUnavailable:
            return local
        return allowance_after(used, amount, interval, is_exceeded=bool(is_exceeded))
