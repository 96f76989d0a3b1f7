"""Endpoints of readings."""

from fastapi import Depends
from sqlalchemy import func, select

from app.accounts.owned import OwnerSession, OwnSession
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.core.errors import NotFound
from app.core.guards import RateLimit
from app.features.meter_series.models import SmartMeter
from app.features.meter_series.schemas import ReadingsIn, StoredReadingsOut
from app.features.meter_series.storing import Reading, store_readings

router = Router(prefix=f"{API_V1}/meter-readings", tags=["meters"])


class MeterNotFound(NotFound):
    """One of the meters is not the caller's."""

    code = "smart_meter_not_found"
    message = "You have no meter with one of these ids."


@router.post(
    "",
    response_model=Envelope[StoredReadingsOut],
    dependencies=[Depends(RateLimit("60/minute", name="meter_readings"))],
    responses=errors(MeterNotFound),
)
async def store_meter_readings(
    session: OwnSession, new: ReadingsIn
) -> DataResponse[StoredReadingsOut]:
    """Store up to 1,000 readings; known ones are skipped, so a retry is safe."""
    await _require_own_meters(session, new)
    readings = (Reading(one.meter_id, one.read_at, one.kwh) for one in new.readings)
    return DataResponse(StoredReadingsOut(stored=await store_readings(session, readings)))


async def _require_own_meters(session: OwnerSession, new: ReadingsIn) -> None:
    ids = {one.meter_id for one in new.readings}
    own = select(func.count()).select_from(SmartMeter).where(SmartMeter.id.in_(ids))
    if await session.scalar(own) != len(ids):
        raise MeterNotFound
