"""Endpoints of digests."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import OwnSession
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router
from app.features.digest_mails.models import FollowedTerm
from app.features.digest_mails.service import follow

router = Router(prefix=f"{API_V1}/followed-terms", tags=["digests"])


class TermIn(RequestModel):
    """A term to follow."""

    term: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)] = (
        Field(examples=["key rotation"])
    )


class TermOut(ResponseModel):
    """A term that is followed."""

    id: UUID = Field(examples=["019a6f0e-7b1c-7f43-8a52-0c1d2e3f4a5b"])
    term: str = Field(examples=["key rotation"])


@router.put("", response_model=Envelope[TermOut])
async def follow_term(
    user: CurrentUser, session: OwnSession, new: TermIn
) -> DataResponse[FollowedTerm]:
    """Follow a term, so that its articles are in your weekly mail."""
    return DataResponse(await follow(session, new.term, owner_id=user.id))
