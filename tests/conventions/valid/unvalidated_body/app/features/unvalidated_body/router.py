"""Endpoints."""

from fastapi import Request
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

router = Router(prefix=f"{API_V1}/unvalidated-bodies", tags=["unvalidated-bodies"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Greeting(RequestModel):
    """A greeting."""

    text: ShortText = Field(examples=["Hello"])


@router.put("/first", response_model=Envelope[Hello])
async def read_strictly(new: Greeting) -> DataResponse[Hello]:
    """Accept the declared fields only."""
    return DataResponse(Hello(text=new.text))


@router.put("/second", response_model=Envelope[Hello])
async def read_bytes(request: Request) -> DataResponse[Hello]:
    """Take bytes, which have no fields."""
    return DataResponse(Hello(text=str(len(await request.body()))))
