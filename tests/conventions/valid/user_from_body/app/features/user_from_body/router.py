"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.accounts.dependencies import Admin
from app.accounts.errors import InsufficientRole
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router, errors

router = Router(prefix=f"{API_V1}/users-from-bodies", tags=["users-from-bodies"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Choice(RequestModel):
    """Whom an administrator has in mind."""

    user_id: UUID = Field(examples=["019a6f0e"])


@router.put("/first", response_model=Envelope[Hello], responses=errors(InsufficientRole))
async def greet_chosen(_: Admin, choice: Choice) -> DataResponse[Hello]:
    """Greet a user by name. For administrators."""
    return DataResponse(Hello(text=str(choice.user_id)))
