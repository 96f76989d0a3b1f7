"""Endpoints."""

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/unpaginated-lists", tags=["unpaginated-lists"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Letter(Output):
    """One thing, of some lines."""

    lines: list[Hello]


@router.get("/first", response_model=Envelope[Letter])
async def read_unpaginated() -> Answer[Letter]:
    """Return one letter."""
    return Answer(Letter(lines=[Hello(text="Hello")]))
