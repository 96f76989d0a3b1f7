"""Endpoints."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Input, Output, ShortText
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/unlimited-values", tags=["unlimited-values"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Short(Input):
    """A line, told a few times."""

    text: ShortText | None = Field(examples=["Once"])
    language: Literal["en", "de"] = Field(examples=["en"])
    teller: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    times: int = Field(ge=1, le=9, examples=[3])


@router.put("/first", response_model=Envelope[Hello])
async def take_short(new: Short) -> Answer[Hello]:
    """Tell it."""
    return Answer(Hello(text=str(new.text) * new.times))
