from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from app.accounts.models import User
from app.features.meter_series.models import MeterHour, SmartMeter
from app.features.meter_series.storing import (
    KEEP,
    Reading,
    prune_readings,
    store_readings,
    sum_hour,
)
from tests.conftest import ClientFor

READINGS = "/api/v1/meter-readings"
HOUR = datetime(2026, 1, 31, 12, tzinfo=UTC)


async def store_meter(session: AsyncSession, email: str) -> UUID:
    owner_id = (await session.scalars(select(User.id).where(User.email == email))).one()
    meter = SmartMeter(owner_id=owner_id, serial="M1", latitude=46.9, longitude=7.4)
    session.add(meter)
    await session.commit()
    return meter.id


async def test_a_reading_is_stored_once(client_for: ClientFor, session: AsyncSession) -> None:
    ada, eve = await client_for("ada@example.com"), await client_for("eve@example.com")
    meter_id = await store_meter(session, "ada@example.com")
    reading = {"meter_id": str(meter_id), "read_at": HOUR.isoformat(), "kwh": "12.5"}
    given = {"readings": [reading]}
    stored = [(await ada.post(READINGS, json=given)).json() for _ in range(2)]
    assert [one["data"]["stored"] for one in stored] == [1, 0]
    assert (await eve.post(READINGS, json=given)).status_code == 404


async def test_hours_are_summed_and_old_readings_go(
    client_for: ClientFor, session: AsyncSession
) -> None:
    await client_for("ada@example.com")
    meter_id = await store_meter(session, "ada@example.com")
    times = [HOUR + timedelta(seconds=second) for second in range(1500)]
    readings = [Reading(meter_id, at, Decimal(n)) for n, at in enumerate(times)]
    old = Reading(meter_id, datetime.now(UTC) - KEEP - timedelta(days=1), Decimal(0))
    assert await store_readings(session, [*readings, old]) == 1501
    for _ in range(2):
        await sum_hour(session, HOUR)
    assert await session.scalar(select(MeterHour.kwh)) == Decimal("1499.000")
    assert await prune_readings(session) >= 1
