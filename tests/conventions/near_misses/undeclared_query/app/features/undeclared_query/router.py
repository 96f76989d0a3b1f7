"""Endpoints."""

from typing import Annotated

from fastapi import Query, Request
from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Input, Output, ShortText
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/undeclared-queries", tags=["undeclared-queries"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Greeted(Input):
    """Whom to greet."""

    name: ShortText = Field(examples=["Ada"])


@router.get("/first", response_model=Envelope[Hello])
async def read_declared_query(
    query: Annotated[Greeted, Query()], request: Request
) -> Answer[Hello]:
    """Greet by name, in the language of the request."""
    return Answer(Hello(text=f"{request.headers.get('accept-language')} {query.name}"))
