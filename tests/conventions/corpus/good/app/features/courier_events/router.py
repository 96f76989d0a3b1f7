"""Endpoints of events of couriers."""

from http import HTTPStatus
from typing import Annotated

import structlog
from fastapi import Depends, HTTPException, Path, Response
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    anonymous,
    errors,
)
from app.core.db import Session
from app.core.guards import NoRateLimit, RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.core.services import get
from app.features.courier_events import service
from app.features.courier_events.clients import LabelHostUnknown, LabelService
from app.features.courier_events.verification import (
    CourierEventInvalid,
    CourierSignatureInvalid,
    SignedEvent,
)

router = Router(prefix=f"{API_V1}/courier-events", tags=["courier-events"])

LABELS = RateLimit("30/minute", name="courier_labels")

Parcel = Annotated[str, Path(pattern="^[A-Z0-9-]{4,40}$", examples=["ZRH-1042"])]

log = structlog.get_logger()


class LabelIn(RequestModel):
    """The address of a label."""

    url: str = Field(max_length=500, examples=["https://labels.courier.example/1.pdf"])


class ParcelLinkOut(ResponseModel):
    """The page of a parcel."""

    url: str = Field(examples=["https://labels.courier.example/parcels/ZRH-1042"])


@router.post(
    "",
    status_code=HTTPStatus.NO_CONTENT,
    dependencies=[Depends(NoRateLimit())],
    responses=errors(CourierEventInvalid, CourierSignatureInvalid),
)
@anonymous("the courier signs every event")
async def receive_courier_event(event: SignedEvent, session: Session) -> None:
    """Receive an event of a courier, which sends it again until the response is 2xx."""
    await service.apply(session, event)
    log.info("courier_event_received", event_id=event.id, status=event.status)


@router.get("/parcels/{parcel}/page", response_model=Envelope[ParcelLinkOut])
async def read_parcel_page(_: CurrentUser, parcel: Parcel) -> DataResponse[ParcelLinkOut]:
    """Return the address of a parcel's page."""
    return DataResponse(ParcelLinkOut(url=get(LabelService).links.page(parcel)))


@router.post(
    "/labels",
    response_model=None,
    dependencies=[Depends(LABELS)],
    responses=errors(LabelHostUnknown, *UPSTREAM_ERRORS),
)
async def fetch_label(_: CurrentUser, label: LabelIn) -> Response:
    """Return a label as PDF."""
    if not label.url.endswith(".pdf"):
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Only labels as PDF can be fetched.")
    content = await get(LabelService).fetch(label.url)
    return Response(content, media_type="application/pdf")
