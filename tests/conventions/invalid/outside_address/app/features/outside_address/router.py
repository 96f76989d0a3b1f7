"""Endpoints."""

from fastapi import Depends
from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, ShortText, errors
from app.core.guards import RateLimit
from app.core.http import UPSTREAM_ERRORS, HttpClient
from app.core.services import get
from app.features.outside_address.service import Weather

router = Router(prefix=f"{API_V1}/outside-addresses", tags=["outside-addresses"])


class WeatherOut(ResponseModel):
    """The weather."""

    text: str = Field(examples=["Rain"])


@router.get(
    "/{city}",
    response_model=Envelope[WeatherOut],
    dependencies=[Depends(RateLimit("30/minute"))],
    responses=errors(*UPSTREAM_ERRORS),
)
async def read_city(city: ShortText) -> DataResponse[WeatherOut]:
    """Return the weather of a city."""
    return DataResponse(WeatherOut(text=await Weather(get(HttpClient)).read(city)))
