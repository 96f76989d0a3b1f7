"""Endpoints."""

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/silent-deprecations", tags=["silent-deprecations"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello], deprecated=True)  # breach: silent-deprecation
async def read_silently_old() -> Answer[Hello]:
    """Greet for the last time."""
    return Answer(Hello(text="Hello"))
