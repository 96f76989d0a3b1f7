"""Endpoints of forecasts."""

from decimal import Decimal
from uuid import UUID

from pydantic import Field

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    errors,
)
from app.features.harvest_forecasts.service import ForecastService

router = Router(prefix=f"{API_V1}/harvest-forecasts", tags=["harvest"])


class ForecastIn(RequestModel):
    """The expected yield of a field."""

    tonnes: Decimal = Field(
        ge=0, le=10_000_000, max_digits=10, decimal_places=3, examples=["81.250"]
    )


class ForecastOut(ResponseModel):
    """The expected yield of a hectare."""

    per_hectare: Decimal = Field(examples=["8.125"])


@router.put("/{field_id}", response_model=Envelope[ForecastOut], responses=errors(InsufficientRole))
async def store_forecast(
    _: Admin, forecasts: ForecastService, field_id: UUID, forecast: ForecastIn
) -> DataResponse[ForecastOut]:
    """Store the forecast of a field. Administrators only."""
    forecasts.refresh(field_id, forecast.tonnes)
    return DataResponse(ForecastOut(per_hectare=await forecasts.per_hectare()))
