"""Endpoints."""

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output

router = Router(prefix="/paths-without-version", tags=["paths"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])  # breach: path-without-version
async def read_path_without_version() -> Answer[Hello]:
    """Greet under a path for ever."""
    return Answer(Hello(text="Hello"))
