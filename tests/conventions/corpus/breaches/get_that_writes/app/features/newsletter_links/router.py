"""Endpoints of the links in newsletters."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import Field
from sqlalchemy import delete

from app.accounts.dependencies import Admin, CurrentUser
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, errors
from app.core.db import Session
from app.core.guards import RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.core.services import get
from app.features.newsletter_links.clients import SubscriberList
from app.features.newsletter_links.counting import count_click
from app.features.newsletter_links.models import NewsletterLink
from app.features.newsletter_links.repository import OpeningRepository

LEAVING = RateLimit("10/minute", name="newsletter_leaving")

router = Router(prefix=f"{API_V1}/newsletters", tags=["newsletters"])


class LinkOut(ResponseModel):
    """A link in a newsletter."""

    label: str | None = Field(examples=["Our spring offers"])


# breach: get-that-writes
@router.get("/links/{link_id}", response_model=Envelope[LinkOut])
async def follow_link(_: CurrentUser, link_id: UUID) -> DataResponse[LinkOut]:
    """Return a link."""
    return DataResponse(LinkOut(label=await count_click(link_id)))


# breach: get-that-writes
@router.get("/{newsletter_id}/pixel", response_model=Envelope[LinkOut])
async def read_pixel(
    _: CurrentUser, newsletter_id: UUID, openings: Annotated[OpeningRepository, Depends()]
) -> DataResponse[LinkOut]:
    """Return the label of the picture that every newsletter contains."""
    await openings.record(newsletter_id)
    return DataResponse(LinkOut(label="pixel"))


# breach: get-that-writes
@router.get(
    "/subscribers/{subscriber_id}/farewell",
    response_model=Envelope[LinkOut],
    dependencies=[Depends(LEAVING)],
    responses=errors(*UPSTREAM_ERRORS),
)
async def read_farewell(_: CurrentUser, subscriber_id: UUID) -> DataResponse[LinkOut]:
    """Return the text that a subscriber sees after leaving."""
    await get(SubscriberList).leave(subscriber_id)
    return DataResponse(LinkOut(label="Goodbye"))


# breach: get-that-writes
@router.api_route(
    "/links/{link_id}/removal",
    methods=["GET", "POST"],
    status_code=204,
    responses=errors(InsufficientRole),
)
async def drop_link(_: Admin, session: Session, link_id: UUID) -> None:
    """Delete a link. Administrators only."""
    await session.execute(delete(NewsletterLink).where(NewsletterLink.id == link_id))
