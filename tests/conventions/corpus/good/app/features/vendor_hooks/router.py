"""Endpoints that vendors call."""

from typing import Annotated, Any, Final

from fastapi import Depends

from app.core.api import API_V1, Router, errors
from app.core.db import Session
from app.core.guards import NoRateLimit
from app.features.vendor_hooks import service
from app.features.vendor_hooks.events import CourierEvent, DeliveryReport, SigningEvent
from app.features.vendor_hooks.proofs import (
    UnprovenCall,
    UnreadableEvent,
    read_courier_event,
    read_signing_event,
    require_sms_gateway,
)

_SIGNED_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "An event, signed over its raw bytes.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
}

router = Router(
    prefix=f"{API_V1}/vendor-hooks",
    tags=["vendor hooks"],
    dependencies=[Depends(NoRateLimit())],
)


@router.post(
    "/courier",
    status_code=204,
    responses=errors(UnprovenCall, UnreadableEvent),
    openapi_extra=_SIGNED_BODY,
)
async def take_courier_event(
    event: Annotated[CourierEvent, Depends(read_courier_event)], session: Session
) -> None:
    """Receive the movement of a parcel; a repeated event changes nothing."""
    body = event.model_dump(mode="json")
    await service.store_event(session, "courier", event.id, body, happened_at=event.at)


@router.post(
    "/signatures",
    status_code=204,
    responses=errors(UnprovenCall, UnreadableEvent),
    openapi_extra=_SIGNED_BODY,
)
async def take_signing_event(
    event: Annotated[SigningEvent, Depends(read_signing_event)], session: Session
) -> None:
    """Receive the outcome of an envelope; a repeated event changes nothing."""
    body = event.model_dump(mode="json")
    await service.store_event(session, "signing", event.event_id, body, happened_at=event.at)


@router.post("/sms-deliveries", status_code=204, responses=errors(UnprovenCall))
async def take_sms_delivery(
    report: Annotated[DeliveryReport, Depends(require_sms_gateway)], session: Session
) -> None:
    """Receive the delivery report of a text message."""
    body = report.model_dump(mode="json")
    await service.store_event(session, "sms", report.message_id, body, happened_at=report.at)
