"""Endpoints of places."""

from typing import Annotated

from fastapi import Depends, Query

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, Router, errors
from app.core.guards import RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.features.geo_addresses.maps import cached_place, place_of
from app.features.geo_addresses.schemas import PlaceOut, PlaceQuery

router = Router(
    prefix=f"{API_V1}/places", tags=["places"], dependencies=[Depends(RateLimit("60/minute"))]
)


@router.get("", response_model=Envelope[PlaceOut], responses=errors(*UPSTREAM_ERRORS))
async def find_place(
    _: CurrentUser, query: Annotated[PlaceQuery, Query()]
) -> DataResponse[PlaceOut]:
    """Return whether an address has a known place."""
    place = await cached_place(query.address) or await place_of(query.address)
    return DataResponse(PlaceOut(is_known=bool(place)))
