"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, errors
from app.features.session_by_hand import service

router = Router(prefix=f"{API_V1}/letters", tags=["letters"])


class LetterOut(ResponseModel):
    """A letter."""

    title: str = Field(examples=["Dear all"])


@router.get(
    "/{letter_id}", response_model=Envelope[LetterOut], responses=errors(service.LetterNotFound)
)
async def read_letter(_: CurrentUser, letter_id: UUID) -> DataResponse[service.Letter]:
    """Return one letter."""
    return DataResponse(await service.get_letter(letter_id))
