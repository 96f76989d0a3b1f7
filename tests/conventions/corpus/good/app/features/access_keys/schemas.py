"""Request and response models of access keys."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.api import ListQuery, Orders, RequestModel, ResponseModel, ShortText
from app.features.access_keys.models import AccessKey

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
_TIME = "2026-01-31T12:00:00Z"

Scope = Literal["orders:read", "orders:write", "stock:read"]


class AccessKeyQuery(ListQuery):
    """Order of the keys."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Orders(created_at=[AccessKey.created_at, AccessKey.id]),
    ] = Field(default="-created_at", description="`-` is newest first.", examples=["-created_at"])


class AccessKeyIn(RequestModel):
    """A new key."""

    name: ShortText = Field(examples=["Warehouse scanner"])
    scopes: list[Scope] = Field(min_length=1, max_length=3, examples=[["stock:read"]])


class AccessKeyOut(ResponseModel):
    """A key as its owner sees it later; the key itself cannot be read again."""

    id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["Warehouse scanner"])
    prefix: str = Field(examples=["q3ZxN0vC"])
    scopes: list[str] = Field(examples=[["stock:read"]])
    last_used_at: datetime | None = Field(examples=[_TIME])
    created_at: datetime = Field(examples=[_TIME])


class CreatedAccessKeyOut(AccessKeyOut):
    """A new key, with the text that is shown this once."""

    secret: str = Field(
        description="Store it now: it is not shown again.",
        examples=["q3ZxN0vCk4c2Qe3f9hXzq1uYpQy5cWm8T2rJd6aVb7k"],
    )
