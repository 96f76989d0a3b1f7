"""Endpoints."""

from uuid import UUID

from fastapi import Depends
from pydantic import Field

from app.accounts.owned import OwnSession
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router
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


@router.post(  # violates: misleading-status
    "", response_model=Envelope[AlertOut], dependencies=[Depends(Idempotent())]
)
async def create_misleading(session: OwnSession, new: Wanted) -> DataResponse[Alert]:
    """Create, and answer 200."""
    return DataResponse(await service.create_alert(session, new.symbol_id))


@router.put(  # violates: misleading-status
    "/{alert_id}", response_model=Envelope[Hello], status_code=201
)
async def replace_misleading(alert_id: UUID) -> DataResponse[Hello]:
    """Create, and do not say where."""
    return DataResponse(Hello(text=str(alert_id)))


@router.patch("/{alert_id}")  # violates: misleading-status
async def change_misleading(alert_id: UUID) -> None:
    """Answer nothing, and do not say so."""


@router.delete("/{alert_id}", response_model=Envelope[Hello])  # violates: misleading-status
async def delete_misleading(alert_id: UUID) -> DataResponse[Hello]:
    """Return the deleted record."""
    return DataResponse(Hello(text=str(alert_id)))


@router.delete(  # violates: answer-outside-envelope, misleading-status
    "/{alert_id}/note", response_model=None, status_code=204
)
async def delete_note(alert_id: UUID) -> dict[str, str]:
    """Return a body that is not sent."""
    return {"deleted": str(alert_id)}
