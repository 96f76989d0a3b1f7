"""Endpoints."""

from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/undeclared-queries", tags=["undeclared-queries"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])
async def read_loose_query(
    name: Annotated[str, Query(max_length=20)],  # violates: undeclared-query
) -> DataResponse[Hello]:
    """Greet by name."""
    return DataResponse(Hello(text=name))


@router.get("/second", response_model=Envelope[Hello])
async def read_hidden_query(request: Request) -> DataResponse[Hello]:
    """Greet by a name that the document does not know."""
    return DataResponse(Hello(text=request.query_params["name"]))  # violates: undeclared-query
