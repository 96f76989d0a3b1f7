"""Endpoints."""

from fastapi import Request
from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Input, Output, ShortText
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/unvalidated-bodies", tags=["unvalidated-bodies"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Greeting(Input):
    """What to say."""

    text: ShortText = Field(examples=["Hello"])


@router.put("/first", response_model=Envelope[Hello])
async def read_strictly(new: Greeting) -> Answer[Hello]:
    """Take what is named, and nothing else."""
    return Answer(Hello(text=new.text))


@router.put("/second", response_model=Envelope[Hello])
async def read_bytes(request: Request) -> Answer[Hello]:
    """Take bytes, which have no fields."""
    return Answer(Hello(text=str(len(await request.body()))))
