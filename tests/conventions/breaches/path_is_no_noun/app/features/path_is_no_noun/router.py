"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=API_V1, tags=["paths"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/create-greeting", response_model=Envelope[Hello])  # breach: path-is-no-noun
async def read_verb() -> Answer[Hello]:
    """Greet under a verb."""
    return Answer(Hello(text="Hello"))


@router.get("/greeting_texts", response_model=Envelope[Hello])  # breach: path-is-no-noun
async def read_snake() -> Answer[Hello]:
    """Greet under an underscore."""
    return Answer(Hello(text="Hello"))


@router.get("/greeting/{greeting_id}", response_model=Envelope[Hello])  # breach: path-is-no-noun
async def read_singular(greeting_id: UUID) -> Answer[Hello]:
    """Greet one of many."""
    return Answer(Hello(text=str(greeting_id)))
