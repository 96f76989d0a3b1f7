"""Endpoints of add-ons."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app.accounts.dependencies import Admin, CurrentUser
from app.accounts.errors import InsufficientRole
from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    InvalidCursor,
    Page,
    PageEnvelope,
    Router,
    errors,
    with_location,
)
from app.core.db import ReadSession, Session
from app.features.subscription_extras import service
from app.features.subscription_extras.models import AddOn, AddOnBooking
from app.features.subscription_extras.schemas import (
    AddOnOut,
    AddOnQuery,
    BookingIn,
    BookingOut,
    BookingQuery,
    ListPriceIn,
    Sku,
)
from app.features.subscription_extras.service import AddOnBooked, AddOnNotFound

router = Router(prefix=API_V1, tags=["add-ons"])


@router.get("/add-ons", response_model=PageEnvelope[AddOnOut], responses=errors(InvalidCursor))
async def list_add_ons(session: ReadSession, query: Annotated[AddOnQuery, Query()]) -> Page[AddOn]:
    """List the add-ons that are on sale."""
    return await service.list_add_ons(session, query)


@router.put(
    "/add-ons/{sku}/list-price",
    response_model=Envelope[AddOnOut],
    responses=errors(AddOnNotFound, InsufficientRole),
)
async def set_add_on_price(
    _: Admin, session: Session, sku: Sku, price: ListPriceIn
) -> DataResponse[AddOn]:
    """Change the list price of an add-on. Administrators only."""
    return DataResponse(await service.set_list_price(session, sku, price))


@router.get(
    "/add-on-bookings", response_model=PageEnvelope[BookingOut], responses=errors(InvalidCursor)
)
async def list_add_on_bookings(
    user: CurrentUser, session: OwnReadSession, query: Annotated[BookingQuery, Query()]
) -> Page[AddOnBooking]:
    """List the add-ons that you have."""
    return await service.list_bookings(session, query, owner_id=user.id)


@router.post(
    "/add-on-bookings",
    response_model=Envelope[BookingOut],
    status_code=201,
    responses=with_location(AddOnBooked, AddOnNotFound),
)
async def book_add_on(
    user: CurrentUser, session: OwnSession, new: BookingIn, request: Request, response: Response
) -> DataResponse[AddOnBooking]:
    """Book an add-on."""
    booking = await service.book(session, new, owner_id=user.id)
    response.headers["Location"] = f"{request.url.path}/{booking.id}"
    return DataResponse(booking)


@router.delete("/add-on-bookings/{booking_id}", status_code=204, responses=errors(AddOnNotFound))
async def cancel_add_on(session: OwnSession, booking_id: UUID) -> None:
    """End one of your add-ons."""
    await service.cancel(session, booking_id)
