"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Input, Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/users-from-bodies", tags=["users-from-bodies"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Claim(Input):
    """Who claims to ask."""

    user_id: UUID = Field(examples=["019a6f0e"])  # breach: user-from-body


@router.put("/first", response_model=Envelope[Hello])
async def greet_claimed(claim: Claim) -> Answer[Hello]:
    """Greet whoever is named."""
    return Answer(Hello(text=str(claim.user_id)))
