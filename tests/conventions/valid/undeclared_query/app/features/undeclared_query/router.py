"""Endpoints."""

from typing import Annotated

from fastapi import Query, Request
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

router = Router(prefix=f"{API_V1}/undeclared-queries", tags=["undeclared-queries"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Greeted(RequestModel):
    """Whom to greet."""

    name: ShortText = Field(examples=["Ada"])


@router.get("/first", response_model=Envelope[Hello])
async def read_declared_query(
    query: Annotated[Greeted, Query()], request: Request
) -> DataResponse[Hello]:
    """Greet by name, in the language of the request."""
    return DataResponse(Hello(text=f"{request.headers.get('accept-language')} {query.name}"))
