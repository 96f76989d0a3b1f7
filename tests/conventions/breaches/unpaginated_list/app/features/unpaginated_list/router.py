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


@router.get("", response_model=Envelope[list[Hello]])  # breach: unpaginated-list
async def list_unpaginated() -> Answer[list[Hello]]:
    """List all there is."""
    return Answer([Hello(text="Hello")])
