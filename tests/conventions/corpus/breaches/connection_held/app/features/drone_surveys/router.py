"""Endpoints of drone surveys."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from app.accounts.owned import OwnSession
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.core.guards import RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.core.services import get
from app.features.drone_surveys import service
from app.features.drone_surveys.errors import FlightNotFound
from app.features.drone_surveys.mapping import MapMaker
from app.features.drone_surveys.models import DroneFlight
from app.features.drone_surveys.schemas import MapOut

router = Router(
    prefix=f"{API_V1}/drone-flights",
    tags=["drones"],
    dependencies=[Depends(RateLimit("60/minute"))],
)


async def get_own_flight(session: OwnSession, flight_id: UUID) -> DroneFlight:
    """Return the flight in the path."""
    return await service.get_flight(session, flight_id)


OwnFlight = Annotated[DroneFlight, Depends(get_own_flight)]


@router.put(
    "/{flight_id}/map",
    response_model=Envelope[MapOut],
    responses=errors(FlightNotFound, *UPSTREAM_ERRORS),
)
async def assign_map(flight: OwnFlight) -> DataResponse[MapOut]:
    """Give a flight the map that the service has made of its pictures."""
    maker = get(MapMaker)
    reference = await maker.reference(str(flight.id))  # breach: connection-held
    flight.map_reference = reference
    return DataResponse(MapOut(flight_id=flight.id, reference=reference))
