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

    name: ShortText = Field(default="you", examples=["Ada"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])
    words: str = Field(examples=["Hello"])


@router.get("/one", response_model=Envelope[Hello])
async def read_renamed(query: Annotated[HelloQuery, Query()]) -> Answer[Hello]:
    """Greet somebody."""
    return Answer(Hello(text="Hello", words="Hello"))
