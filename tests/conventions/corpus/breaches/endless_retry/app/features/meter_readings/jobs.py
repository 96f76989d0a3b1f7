"""Jobs of meter readings."""

from functools import partial

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.http import UpstreamError
from app.core.jobs import Retry, job
from app.core.services import get
from app.features.meter_readings.grid import Grid, until_it_works


class MeterRef(BaseModel):
    """The meter that a job is about."""

    meter: str


@job(name="confirm_reading", leased=True)
async def confirm_reading(_session: AsyncSession, payload: MeterRef) -> None:
    """Wait for the operator to confirm a reading."""
    is_confirmed = await until_it_works(partial(get(Grid).confirmed, payload.meter))
    if not is_confirmed:
        await get(Grid).wait_until_confirmed(payload.meter)


@job(name="fetch_tariff", leased=True)
async def fetch_tariff(_session: AsyncSession, payload: MeterRef) -> None:
    """Fetch the tariff of a meter, however long the operator is down."""
    try:
        await get(Grid).tariff(payload.meter)
    except UpstreamError:
        raise Retry(after=60) from None  # breach: endless-retry
