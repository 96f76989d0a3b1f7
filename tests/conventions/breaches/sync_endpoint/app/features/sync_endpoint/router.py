"""Endpoints."""

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/sync-endpoints", tags=["sync-endpoints"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])  # breach: sync-endpoint
def read_sync_endpoint() -> Answer[Hello]:
    """Greet."""
    return Answer(Hello(text="Hello"))
