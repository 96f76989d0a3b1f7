"""Endpoints."""

from typing import Annotated, Any

import orjson
from fastapi import Depends, Request
from pydantic import BaseModel, Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, ShortText

router = Router(prefix=f"{API_V1}/unvalidated-bodies", tags=["unvalidated-bodies"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Loose(BaseModel):
    """A body with any field."""

    text: ShortText = Field(examples=["Hello"])


@router.put("/first", response_model=Envelope[Hello])
async def read_any(new: dict[str, Any]) -> DataResponse[Hello]:  # violates: unvalidated-body
    """Accept any body."""
    return DataResponse(Hello(text=str(new)))


@router.put("/second", response_model=Envelope[Hello])
async def read_loosely(new: Loose) -> DataResponse[Hello]:  # violates: unvalidated-body
    """Take more than is named."""
    return DataResponse(Hello(text=new.text))


@router.put("/third", response_model=Envelope[Hello])
async def read_by_hand(request: Request) -> DataResponse[Hello]:
    """Accept an undeclared body."""
    new = await request.json()  # violates: unvalidated-body
    return DataResponse(Hello(text=str(new)))


async def read_parsed(request: Request) -> list[Any]:
    """Return the body."""
    return orjson.loads(await request.body())  # violates: unvalidated-body


@router.put("/fourth", response_model=Envelope[Hello])
async def read_by_dependency(
    new: Annotated[list[Any], Depends(read_parsed)],
) -> DataResponse[Hello]:
    """Accept the body that a dependency reads."""
    return DataResponse(Hello(text=str(new)))
