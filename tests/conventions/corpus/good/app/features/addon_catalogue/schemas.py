"""Request and response models of add-ons."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.api import (
    BatchIds,
    Filter,
    ListQuery,
    Orders,
    RequestModel,
    ResponseModel,
    ShortText,
    UtcDatetime,
)
from app.features.addon_catalogue.models import AddOn

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"

class AddOnOrder(StrEnum):
    """An order of the catalogue."""

    POSITION = "position"
    PRICE = "price"
    NEWEST = "newest"


class AddOnQuery(ListQuery):
    """Filters and order of the list of add-ons."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Orders(created_at=[AddOn.created_at, AddOn.id]),
    ] = Field(default="-created_at", description="`-` sorts newest first.", examples=["created_at"])
    created_since: Annotated[UtcDatetime | None, Filter(AddOn.created_at.__ge__)] = Field(
        default=None, examples=["2026-01-31T12:00:00Z"]
    )


class CatalogueQuery(RequestModel):
    """The order of the catalogue's front page."""

    order: AddOnOrder = Field(default=AddOnOrder.POSITION, examples=["price"])
    fields: list[Literal["slug", "title", "position"]] = Field(
        default=["slug", "title"], max_length=3, examples=[["slug"]]
    )


class AddOnLookup(RequestModel):
    """Add-ons to look up."""

    slugs: BatchIds[ShortText] = Field(examples=[["more-seats"]])


class AddOnOut(ResponseModel):
    """An add-on."""

    id: UUID = Field(examples=[_ID])
    slug: str = Field(examples=["more-seats"])
    title: str = Field(examples=["More seats"])
    monthly_price: Decimal = Field(examples=["9.00"])


class FrontPageOut(ResponseModel):
    """The front page of the catalogue: the chosen fields of its add-ons, line by line."""

    lines: list[list[str]] = Field(max_length=50, examples=[[["more-seats", "More seats"]]])


class SearchTermOut(ResponseModel):
    """A term with the number of its searches."""

    term: str = Field(examples=["seats"])
    searches: int = Field(examples=[42])
