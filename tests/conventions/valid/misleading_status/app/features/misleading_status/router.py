"""Endpoints."""

from uuid import UUID

from fastapi import Depends, Request, Response
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
from app.core.guards import Idempotent
from app.features.market_data.models import Alert
from app.features.misleading_status import service

router = Router(prefix=f"{API_V1}/misleading-statuses", tags=["misleading-statuses"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Wanted(RequestModel):
    """A request."""

    symbol_id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])


class AlertOut(ResponseModel):
    """A response."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])


@router.post(
    "",
    response_model=Envelope[AlertOut],
    status_code=201,
    dependencies=[Depends(Idempotent())],
    responses=with_location(),
)
async def create_misleading(
    session: OwnSession, new: Wanted, request: Request, response: Response
) -> DataResponse[Alert]:
    """Create, and say where."""
    alert = await service.create_alert(session, new.symbol_id)
    response.headers["Location"] = request.url_for("read_alert", alert_id=str(alert.id)).path
    return DataResponse(alert)


@router.post("/queries", response_model=Envelope[Hello])
async def query_misleading(wanted: Wanted) -> DataResponse[Hello]:
    """Read with a body, and create nothing."""
    return DataResponse(Hello(text=str(wanted.symbol_id)))


@router.delete("/{alert_id}", status_code=204)
async def delete_misleading(alert_id: UUID) -> None:
    """Answer nothing, and say so."""
