"""Endpoints."""

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output, ShortText
from app.core.versions import API_V1
from app.features.undeclared_error import service

router = Router(prefix=f"{API_V1}/undeclared-errors", tags=["undeclared-errors"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/{name}", response_model=Envelope[Hello])  # breach: undeclared-error
async def read_undeclared_error(name: ShortText) -> Answer[Hello]:
    """Greet by name."""
    return Answer(Hello(text=await service.find_greeting(name)))
