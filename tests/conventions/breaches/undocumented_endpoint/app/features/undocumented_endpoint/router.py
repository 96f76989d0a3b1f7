"""Endpoints."""

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/undocumented-endpoints", tags=["undocumented-endpoints"])
untagged = Router(prefix=f"{API_V1}/untagged-endpoints")


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])  # breach: undocumented-endpoint
async def read_silently() -> Answer[Hello]:
    return Answer(Hello(text="Hello"))


@untagged.get("/first", response_model=Envelope[Hello])  # breach: undocumented-endpoint
async def read_untagged() -> Answer[Hello]:
    """Greet under no heading."""
    return Answer(Hello(text="Hello"))
