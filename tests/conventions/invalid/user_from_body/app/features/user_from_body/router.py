"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.accounts.owned import limit_to_owner
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router
from app.core.db import Session

router = Router(prefix=f"{API_V1}/users-from-bodies", tags=["users-from-bodies"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Claim(RequestModel):
    """The user that the client claims to be."""

    user_id: UUID = Field(examples=["019a6f0e"])  # violates: user-from-body


@router.put("/first", response_model=Envelope[Hello])
async def greet_claimed(user: CurrentUser, session: Session, claim: Claim) -> DataResponse[Hello]:
    """Greet a user by name."""
    own = limit_to_owner(session, claim.user_id)
    return DataResponse(Hello(text=str(own is session and user.id)))
