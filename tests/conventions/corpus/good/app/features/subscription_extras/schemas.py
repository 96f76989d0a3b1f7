"""Request and response models of add-ons."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, PlainSerializer, StringConstraints

from app.core.api import ListQuery, Orders, RequestModel, ResponseModel
from app.features.subscription_extras.models import AddOn, AddOnBooking

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"

Sku = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$"), Field(examples=["seat-pack-10"])
]
Fee = Annotated[Decimal, Field(ge=0, lt=10_000, decimal_places=2, examples=["5.00"])]
PriceOut = Annotated[Decimal, PlainSerializer("{:f}".format)]


class AddOnQuery(ListQuery):
    """Order of the catalogue."""

    sort: Annotated[Literal["sku", "-sku"], Orders(sku=[AddOn.sku])] = Field(
        default="sku", description="`-` sorts descending.", examples=["sku"]
    )


class BookingQuery(ListQuery):
    """Order of the caller's add-ons."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Orders(created_at=[AddOnBooking.created_at, AddOnBooking.id]),
    ] = Field(default="created_at", description="`-` is newest first.", examples=["created_at"])


class BookingIn(RequestModel):
    """An add-on to book."""

    sku: Sku
    quantity: int = Field(default=1, ge=1, le=1000, examples=[1])


class ListPriceIn(RequestModel):
    """The price of an add-on from now on."""

    monthly: Annotated[Decimal, Field(gt=0)] = Field(
        max_digits=10, decimal_places=2, examples=["9.90"]
    )
    setup_fee: Fee = Decimal(0)


class AddOnOut(ResponseModel):
    """An add-on of the catalogue."""

    sku: str = Field(examples=["seat-pack-10"])
    name: str = Field(examples=["Ten more seats"])
    monthly: PriceOut = Field(examples=["9.90"])
    first_month: PriceOut = Field(examples=["14.90"])


class BookingOut(ResponseModel):
    """An add-on that the caller has."""

    id: UUID = Field(examples=[_ID])
    sku: str = Field(examples=["seat-pack-10"])
    quantity: int = Field(examples=[1])
    created_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])
