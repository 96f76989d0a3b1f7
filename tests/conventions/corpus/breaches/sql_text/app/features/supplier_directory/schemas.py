"""Request and response models of the supplier directory."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.api import RequestModel, ResponseModel, ShortText

CountryCode = Annotated[str, StringConstraints(min_length=2, max_length=2)]


class SupplierSearch(RequestModel):
    """The filters of a search in the directory."""

    term: ShortText = Field(description="A part of the name.", examples=["steel"])
    country: CountryCode | None = Field(default=None, examples=["PT"])
    order: ShortText = Field(default="name", examples=["rating"])


class SupplierHit(ResponseModel):
    """A supplier that matches a search."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    name: str = Field(examples=["Aciaria do Norte"])
    country: str = Field(examples=["PT"])


class SupplierHits(ResponseModel):
    """The first suppliers that match a search."""

    suppliers: list[SupplierHit]
