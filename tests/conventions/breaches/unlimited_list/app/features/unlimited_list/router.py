"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Input, Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/unlimited-lists", tags=["unlimited-lists"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Many(Input):
    """As many as you like."""

    ids: list[UUID] = Field(examples=[[]])  # breach: unlimited-list


@router.put("/first", response_model=Envelope[Hello])
async def take_many(new: Many) -> Answer[Hello]:
    """Count them."""
    return Answer(Hello(text=str(len(new.ids))))
