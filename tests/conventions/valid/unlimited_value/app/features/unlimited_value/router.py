"""Endpoints."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core.api import (
    API_V1,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
    ShortText,
)

router = Router(prefix=f"{API_V1}/unlimited-values", tags=["unlimited-values"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Short(RequestModel):
    """A line, repeated a few times."""

    text: ShortText | None = Field(examples=["Once"])
    language: Literal["en", "de"] = Field(examples=["en"])
    teller: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    price: Decimal = Field(max_digits=9, decimal_places=2, examples=["9.90"])
    times: int = Field(ge=1, le=9, examples=[3])


@router.put("/first", response_model=Envelope[Hello])
async def take_short(new: Short) -> DataResponse[Hello]:
    """Tell it."""
    return DataResponse(Hello(text=str(new.text) * new.times))
