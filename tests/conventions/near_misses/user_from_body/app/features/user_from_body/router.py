"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.errors import RoleMissing
from app.accounts.signed_in import Admin
from app.core.envelope import Answer, Envelope
from app.core.openapi import errors
from app.core.routing import Router
from app.core.schemas import Input, Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/users-from-bodies", tags=["users-from-bodies"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Choice(Input):
    """Whom an administrator has in mind."""

    user_id: UUID = Field(examples=["019a6f0e"])


@router.put("/first", response_model=Envelope[Hello], responses=errors(RoleMissing))
async def greet_chosen(_: Admin, choice: Choice) -> Answer[Hello]:
    """Greet whoever is named. For administrators."""
    return Answer(Hello(text=str(choice.user_id)))
