"""Storing readings, summing them and deleting old ones: a statement for each chunk."""

from collections.abc import AsyncIterable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import islice
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import AsyncSessionLocal
from app.features.meter_series.models import MeterHour, MeterReading

CHUNK = 1_000
ATTEMPTS = 3
KEEP = timedelta(days=400)
DELETED_AT_ONCE = 5_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """The counter of a meter at a time."""

    meter_id: UUID
    read_at: datetime
    kwh: Decimal


def _chunks(readings: Iterable[Reading], size: int = CHUNK) -> Iterator[Sequence[Reading]]:
    rest = iter(readings)
    while chunk := tuple(islice(rest, size)):
        yield chunk


async def store_readings(session: AsyncSession, readings: Iterable[Reading]) -> int:
    """Store readings in the session's transaction, a chunk at a time; known ones are skipped."""
    stored = 0
    for chunk in _chunks(readings):
        rows = [{"meter_id": r.meter_id, "read_at": r.read_at, "kwh": r.kwh} for r in chunk]
        statement = insert(MeterReading).on_conflict_do_nothing().returning(MeterReading.meter_id)
        stored += len((await session.execute(statement, rows)).all())
    return stored


async def store_stream(readings: AsyncIterable[Reading]) -> int:
    """Store a long stream, each chunk in a transaction of its own; for a command."""
    stored = 0
    chunk: list[Reading] = []
    async for reading in readings:
        chunk.append(reading)
        if len(chunk) == CHUNK:
            stored += await _store_with_retries(chunk)
            chunk.clear()
    return stored + (await _store_with_retries(chunk) if chunk else 0)


async def _store_with_retries(chunk: Sequence[Reading]) -> int:
    """Store one chunk; after a lost connection or a deadlock once more, `ATTEMPTS` times at most.

    Raises:
        OperationalError: The last attempt has failed too.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with AsyncSessionLocal.begin() as session:
                return await store_readings(session, chunk)
        except OperationalError as error:
            log.warning("chunk_not_stored", attempt=attempt, error=type(error.orig).__name__)
            if attempt == ATTEMPTS:
                raise
    return 0


async def sum_hour(session: AsyncSession, hour: datetime) -> None:
    """Store the use of every meter in one hour: the highest counter less the lowest one."""
    of_hour = func.date_trunc("hour", MeterReading.read_at).label("hour")
    used = (
        select(
            MeterReading.meter_id,
            of_hour,
            (func.max(MeterReading.kwh) - func.min(MeterReading.kwh)).label("kwh"),
        )
        .where(MeterReading.read_at >= hour, MeterReading.read_at < hour + timedelta(hours=1))
        .group_by(MeterReading.meter_id, of_hour)
    )
    statement = insert(MeterHour).from_select(["meter_id", "hour", "kwh"], used)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["meter_id", "hour"], set_={"kwh": statement.excluded.kwh}
        )
    )


async def prune_readings(session: AsyncSession) -> int:
    """Delete some readings that are too old, and return their number."""
    old = (
        select(MeterReading.meter_id, MeterReading.read_at)
        .where(MeterReading.read_at < datetime.now(UTC) - KEEP)
        .limit(DELETED_AT_ONCE)
    )
    deleted = await session.execute(
        delete(MeterReading)
        .where(tuple_(MeterReading.meter_id, MeterReading.read_at).in_(old))
        .returning(MeterReading.meter_id)
    )
    return len(deleted.all())
