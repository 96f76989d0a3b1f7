"""Endpoints of events of couriers."""

from fastapi import Depends, Request
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router
from app.features.delivery_webhooks.recording import (
    DeliveryLog,
    EventRecorder,
    explain,
    record_event,
)

router = Router(prefix=f"{API_V1}/delivery-webhooks", tags=["delivery-webhooks"])


class DeliveryEventIn(RequestModel):
    """An event of a courier."""

    parcel: str = Field(max_length=40, examples=["ZRH-1"])


class DeliveryEventOut(ResponseModel):
    """The receipt of an event."""

    text: str = Field(examples=["accepted"])


@router.post(
    "/checks",
    response_model=Envelope[DeliveryEventOut],
    dependencies=[Depends(record_event)],
)
async def check_delivery_event(
    _: CurrentUser, event: DeliveryEventIn, request: Request
) -> DataResponse[DeliveryEventOut]:
    """Check an event without applying it."""
    EventRecorder(request).record("checked")
    DeliveryLog(event.parcel).refuse(event.model_dump(), request)
    return DataResponse(DeliveryEventOut(text=explain(event.model_dump(), request)))
