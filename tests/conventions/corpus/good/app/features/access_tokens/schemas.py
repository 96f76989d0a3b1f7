"""Request and response models of tokens."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.api import (
    ListQuery,
    Orders,
    RequestModel,
    ResponseModel,
    ShortText,
    WholeNumber,
)
from app.features.access_tokens.models import AccessToken

_ID = "019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"
_MOMENT = "2026-01-31T12:00:00Z"


class TokenQuery(ListQuery):
    """The order of a list of tokens."""

    sort: Annotated[
        Literal["created_at", "-created_at"],
        Orders(created_at=[AccessToken.created_at, AccessToken.id]),
    ] = Field(default="-created_at", description="`-` sorts newest first.", examples=["created_at"])


class TokenIn(RequestModel):
    """A new token."""

    name: ShortText = Field(examples=["Nightly export"])
    days: WholeNumber = Field(default=90, ge=1, le=365, examples=[90])


class TokenOut(ResponseModel):
    """A token without its text."""

    id: UUID = Field(examples=[_ID])
    name: str = Field(examples=["Nightly export"])
    prefix: str = Field(description="The first characters.", examples=["pat_9f3a"])
    has_expired: bool = Field(examples=[False])
    expires_at: datetime = Field(examples=[_MOMENT])
    created_at: datetime = Field(examples=[_MOMENT])


class NewTokenOut(ResponseModel):
    """A new token, with its text for this one time."""

    id: UUID = Field(examples=[_ID])
    text: str = Field(description="Store it now; it is not shown again.", examples=["pat_9f3a…"])
    expires_at: datetime = Field(examples=[_MOMENT])
