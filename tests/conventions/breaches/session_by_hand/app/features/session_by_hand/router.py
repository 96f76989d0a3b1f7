"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.signed_in import CurrentUser
from app.core.envelope import Answer, Envelope
from app.core.openapi import errors
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1
from app.features.session_by_hand import service

router = Router(prefix=f"{API_V1}/letters", tags=["letters"])


class LetterOut(Output):
    """A letter."""

    title: str = Field(examples=["Dear all"])


@router.get(
    "/{letter_id}", response_model=Envelope[LetterOut], responses=errors(service.LetterNotFound)
)
async def read_letter(_: CurrentUser, letter_id: UUID) -> Answer[service.Letter]:
    """Return one letter."""
    return Answer(await service.get_letter(letter_id))
