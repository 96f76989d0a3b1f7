"""A route whose idempotency key has a lease."""

from fastapi import Depends
from pydantic import Field

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, Router, ShortText, errors
from app.core.api import ResponseModel
from app.core.guards import Idempotent, RateLimit
from app.core.http import UPSTREAM_ERRORS
from app.features.connection_held_during_call.service import ask

router = Router(prefix=f"{API_V1}/remote-translations", tags=["translations"])


class TextIn(RequestModel):
    """A text."""

    text: ShortText = Field(examples=["Good morning"])


class TextOut(ResponseModel):
    """A translation."""

    text: str = Field(examples=["Guten Morgen"])


@router.post(
    "",
    response_model=Envelope[TextOut],
    dependencies=[Depends(RateLimit("5/minute")), Depends(Idempotent(lease=60))],
    responses=errors(*UPSTREAM_ERRORS),
)
async def create_remote_translation(_user: CurrentUser, new: TextIn) -> DataResponse[TextOut]:
    """Translate a text."""
    text = await ask(new.text)
    return DataResponse(TextOut(text=text))
