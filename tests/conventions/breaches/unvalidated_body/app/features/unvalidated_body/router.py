"""Endpoints."""

from typing import Any

from fastapi import Request
from pydantic import BaseModel, Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output, ShortText
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/unvalidated-bodies", tags=["unvalidated-bodies"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Loose(BaseModel):
    """What may be anything."""

    text: ShortText = Field(examples=["Hello"])


@router.put("/first", response_model=Envelope[Hello])
async def read_any(new: dict[str, Any]) -> Answer[Hello]:  # breach: unvalidated-body
    """Take whatever comes."""
    return Answer(Hello(text=str(new)))


@router.put("/second", response_model=Envelope[Hello])
async def read_loosely(new: Loose) -> Answer[Hello]:  # breach: unvalidated-body
    """Take more than is named."""
    return Answer(Hello(text=new.text))


@router.put("/third", response_model=Envelope[Hello])
async def read_by_hand(request: Request) -> Answer[Hello]:
    """Take what nobody declared."""
    new = await request.json()  # breach: unvalidated-body
    return Answer(Hello(text=str(new)))
