"""Endpoints."""

from typing import Annotated

from fastapi import Query
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

router = Router(prefix=f"{API_V1}/breaking-changes", tags=["breaking-changes"])


class HelloQuery(RequestModel):
    """Whom to greet."""

    name: ShortText = Field(examples=["Ada"])


class Hello(ResponseModel):
    """A greeting."""

    words: str = Field(examples=["Hello"])


@router.get("/one", response_model=Envelope[Hello])  # violates: breaking-change
async def read_renamed(query: Annotated[HelloQuery, Query()]) -> DataResponse[Hello]:
    """Greet a user."""
    return DataResponse(Hello(words="Hello"))
