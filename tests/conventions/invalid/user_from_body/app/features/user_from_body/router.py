"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router

router = Router(prefix=f"{API_V1}/users-from-bodies", tags=["users-from-bodies"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Claim(RequestModel):
    """The user that the client claims to be."""

    user_id: UUID = Field(examples=["019a6f0e"])  # violates: user-from-body


@router.put("/first", response_model=Envelope[Hello])
async def greet_claimed(claim: Claim) -> DataResponse[Hello]:
    """Greet a user by name."""
    return DataResponse(Hello(text=str(claim.user_id)))
