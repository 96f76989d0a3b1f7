"""Endpoints."""

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/undocumented-endpoints", tags=["undocumented-endpoints"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])
async def read_spoken() -> Answer[Hello]:
    """Greet."""
    return Answer(Hello(text="Hello"))


@router.get("/second", response_model=Envelope[Hello], include_in_schema=False)
async def read_hidden() -> Answer[Hello]:
    return Answer(Hello(text="Hello"))
