"""The routes of what is listed."""

from pydantic import Field

from app.accounts.signed_in import CurrentUser
from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/greetings", tags=["greetings"])


class GreetingOut(Output):
    """A greeting."""

    text: str = Field(description="What to say.", examples=["Hello"])


@router.get("", response_model=Envelope[GreetingOut])
async def read_greeting(user: CurrentUser) -> Answer[GreetingOut]:
    """Greet the caller."""
    return Answer(GreetingOut(text=f"Hello {user.email}"))
