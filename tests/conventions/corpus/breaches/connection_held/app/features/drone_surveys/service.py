"""Services of drone surveys."""

from uuid import UUID

from sqlalchemy import select

from app.accounts.owned import OwnerSession
from app.core.services import get
from app.features.drone_surveys.errors import FlightNotFound
from app.features.drone_surveys.mapping import MapMaker
from app.features.drone_surveys.models import DroneFlight


async def get_flight(session: OwnerSession, flight_id: UUID) -> DroneFlight:
    """Return a flight of the user.

    Raises:
        FlightNotFound: The user has no such flight.
    """
    flight = await session.scalar(select(DroneFlight).where(DroneFlight.id == flight_id))
    if flight is None:
        raise FlightNotFound
    return flight


async def place_in_queue(session: OwnerSession, flight_id: UUID) -> str:
    """Return the place of a flight in the queue of the map service.

    Raises:
        FlightNotFound: The user has no such flight.
    """
    flight = await get_flight(session, flight_id)
    async with get(MapMaker).reserved(str(flight.id)) as place:  # breach: connection-held
        flight.map_reference = None
        await session.flush()
    return place
