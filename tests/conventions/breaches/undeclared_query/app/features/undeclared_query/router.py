"""Endpoints."""

from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/undeclared-queries", tags=["undeclared-queries"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])
async def read_loose_query(
    name: Annotated[str, Query(max_length=20)],  # breach: undeclared-query
) -> Answer[Hello]:
    """Greet by name."""
    return Answer(Hello(text=name))


@router.get("/second", response_model=Envelope[Hello])
async def read_hidden_query(request: Request) -> Answer[Hello]:
    """Greet by a name that the document does not know."""
    return Answer(Hello(text=request.query_params["name"]))  # breach: undeclared-query
