"""Services of add-ons."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import contains_eager

from app.accounts.owned import OwnerSession
from app.core.api import Page, paginate
from app.core.errors import Conflict, NotFound
from app.features.subscription_extras.models import AddOn, AddOnBooking
from app.features.subscription_extras.schemas import (
    AddOnQuery,
    BookingIn,
    BookingQuery,
    ListPriceIn,
)

_OWN = (
    select(AddOnBooking)
    .join(AddOnBooking.add_on)
    .options(contains_eager(AddOnBooking.add_on))
    .where(AddOnBooking.deleted_at.is_(None))
)


class AddOnNotFound(NotFound):
    """The catalogue has no such add-on, or not any more."""

    code = "add_on_not_found"
    message = "There is no add-on with this article number. GET /add-ons lists them."


class AddOnBooked(Conflict):
    """The user has the add-on already."""

    code = "add_on_booked"
    message = "You have this add-on already. Change its quantity instead."


async def list_add_ons(session: AsyncSession, query: AddOnQuery) -> Page[AddOn]:
    """Return one page of the add-ons that are on sale."""
    return await paginate(session, select(AddOn).where(AddOn.retired_at.is_(None)), query)


async def list_bookings(
    session: OwnerSession, query: BookingQuery, *, owner_id: UUID
) -> Page[AddOnBooking]:
    """Return one page of the user's add-ons, with their articles."""
    return await paginate(session, _OWN, query, scope=str(owner_id))


async def book(session: OwnerSession, new: BookingIn, *, owner_id: UUID) -> AddOnBooking:
    """Book an add-on; the partial unique index decides between two requests.

    Raises:
        AddOnBooked: The user has it.
        AddOnNotFound: It is not on sale.
    """
    on_sale = select(AddOn).where(AddOn.sku == new.sku, AddOn.retired_at.is_(None))
    add_on: AddOn | None = await session.scalar(on_sale)
    if add_on is None:
        raise AddOnNotFound
    statement = (
        insert(AddOnBooking)
        .values(owner_id=owner_id, add_on_id=add_on.id, quantity=new.quantity)
        .on_conflict_do_nothing(
            index_elements=["owner_id", "add_on_id"],
            index_where=AddOnBooking.deleted_at.is_(None),
        )
        .returning(AddOnBooking)
    )
    booking: AddOnBooking | None = await session.scalar(statement)
    if booking is None:
        raise AddOnBooked
    booking.add_on = add_on
    return booking


async def cancel(session: OwnerSession, booking_id: UUID) -> None:
    """End a booking; its row stays for the invoice.

    Raises:
        AddOnNotFound: The user has no such booking.
    """
    ended = (
        update(AddOnBooking)
        .where(AddOnBooking.id == booking_id, AddOnBooking.deleted_at.is_(None))
        .values(deleted_at=datetime.now(UTC))
        .returning(AddOnBooking.id)
    )
    if await session.scalar(ended) is None:
        raise AddOnNotFound


async def set_list_price(session: AsyncSession, sku: str, price: ListPriceIn) -> AddOn:
    """Change the price of an add-on for bookings from now on.

    Raises:
        AddOnNotFound: There is no such add-on.
    """
    changed = (
        update(AddOn)
        .where(AddOn.sku == sku)
        .values({"monthly": price.monthly, "setup_fee": price.setup_fee})
        .returning(AddOn)
    )
    add_on: AddOn | None = await session.scalar(changed)
    if add_on is None:
        raise AddOnNotFound
    return add_on
