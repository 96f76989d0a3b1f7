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


@router.get("/created-greetings", response_model=Envelope[Hello])
async def read_created() -> Answer[Hello]:
    """Greet under a word that only begins as a verb does."""
    return Answer(Hello(text="Hello"))


@router.get("/people/{person_id}/address", response_model=Envelope[Hello])
async def read_part(person_id: UUID) -> Answer[Hello]:
    """Greet under a plural without s, and a part of which there is one."""
    return Answer(Hello(text=str(person_id)))
