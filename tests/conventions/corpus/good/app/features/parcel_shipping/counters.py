"""Counters of parcels in Redis: a pipeline collects commands and sends them together."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from app.integrations.redis.connection import RedisConnection, RedisUnavailable

log = structlog.get_logger(__name__)
KEEP = timedelta(days=40)
MAX_DAYS = 31


class ParcelCounters:
    """The numbers of parcels by carrier and day."""

    def __init__(self, connection: RedisConnection) -> None:
        """Take the connection of the service."""
        self._connection = connection
        self._redis: Redis = connection.client

    async def count(self, carrier: str, *, parcels: int = 1) -> None:
        """Count parcels of today; both commands go out together."""
        key = _key(carrier, datetime.now(UTC).date())
        pipeline: Pipeline = self._redis.pipeline(transaction=True)
        pipeline.incrby(key, parcels)
        pipeline.expire(key, KEEP)
        try:
            await self._connection.execute(pipeline.execute)
        except RedisUnavailable:
            log.warning("parcels_not_counted", carrier=carrier, parcels=parcels)

    async def of_days(self, carrier: str, days: Sequence[date]) -> dict[date, int]:
        """Return the numbers of up to `MAX_DAYS` days in one round trip; none without Redis."""
        wanted = list(days[:MAX_DAYS])
        keys = [_key(carrier, day) for day in wanted]
        try:
            found = await self._connection.execute(lambda: self._redis.mget(keys))
        except RedisUnavailable:
            return {}
        return {day: int(number or 0) for day, number in zip(wanted, found, strict=True)}


def _key(carrier: str, day: date) -> str:
    return f"parcels:{carrier}:{day.isoformat()}"
