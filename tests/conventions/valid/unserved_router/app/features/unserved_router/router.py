"""The routes of a listed module."""

from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/greetings", tags=["greetings"])


class GreetingOut(ResponseModel):
    """A greeting."""

    text: str = Field(description="The text.", examples=["Hello"])


@router.get("", response_model=Envelope[GreetingOut])
async def read_greeting(user: CurrentUser) -> DataResponse[GreetingOut]:
    """Greet the caller."""
    return DataResponse(GreetingOut(text=f"Hello {user.email}"))
