"""Endpoints."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Input, Output, ShortText
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/breaking-changes", tags=["breaking-changes"])


class HelloQuery(Input):
    """Whom to greet."""

    name: ShortText = Field(examples=["Ada"])


class Hello(Output):
    """A greeting."""

    words: str = Field(examples=["Hello"])


@router.get("/one", response_model=Envelope[Hello])  # breach: breaking-change
async def read_renamed(query: Annotated[HelloQuery, Query()]) -> Answer[Hello]:
    """Greet somebody."""
    return Answer(Hello(words="Hello"))
