"""Endpoints."""

from uuid import UUID

from fastapi import Request, Response
from pydantic import Field

from app.accounts.owned import OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    with_location,
)
from app.features.market_data.models import Alert
from app.features.repeatable_creation import service

router = Router(prefix=f"{API_V1}/repeatable-creations", tags=["repeatable-creations"])


class Wanted(RequestModel):
    """A request."""

    symbol_id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])


class AlertOut(ResponseModel):
    """A response."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])


@router.post(  # violates: repeatable-creation
    "", response_model=Envelope[AlertOut], status_code=201, responses=with_location()
)
async def create_repeatable(
    session: OwnSession, new: Wanted, request: Request, response: Response
) -> DataResponse[Alert]:
    """Create."""
    alert = await service.create_alert(session, new.symbol_id)
    response.headers["Location"] = request.url_for("read_alert", alert_id=str(alert.id)).path
    return DataResponse(alert)
