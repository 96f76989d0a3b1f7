"""Request and response models of log books."""

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
from app.features.log_books.models import LogBook

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"


class LogBookOrder(StrEnum):
    """An order of the catalogue."""

    POSITION = "position"
    PRICE = "price"
    NEWEST = "newest"


class LogBookQuery(ListQuery):
    """Filters and order of the list of log books."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Orders(created_at=[LogBook.created_at, LogBook.id]),
    ] = Field(default="-created_at", description="`-` sorts newest first.", examples=["created_at"])
    created_since: Annotated[UtcDatetime | None, Filter(LogBook.created_at.__ge__)] = Field(
        default=None, examples=["2026-01-31T12:00:00Z"]
    )


class CatalogueQuery(RequestModel):
    """The order of the catalogue's front page."""

    order: LogBookOrder = Field(default=LogBookOrder.POSITION, examples=["price"])
    fields: list[Literal["slug", "title", "position"]] = Field(
        default=["slug", "title"], max_length=3, examples=[["slug"]]
    )


class LogBookLookup(RequestModel):
    """Log books to look up."""

    slugs: BatchIds[ShortText] = Field(examples=[["glider-log"]])


class LogBookOut(ResponseModel):
    """A log book."""

    id: UUID = Field(examples=[_ID])
    slug: str = Field(examples=["glider-log"])
    title: str = Field(examples=["Glider log"])
    price: Decimal = Field(examples=["9.00"])


class FrontPageOut(ResponseModel):
    """The front page of the catalogue: the chosen fields of its log books, line by line."""

    lines: list[list[str]] = Field(max_length=50, examples=[[["glider-log", "Glider log"]]])


class SearchTermOut(ResponseModel):
    """A term with the number of its searches."""

    term: str = Field(examples=["seats"])
    searches: int = Field(examples=[42])
