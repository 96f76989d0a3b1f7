"""Endpoints of texts of messages."""

from fastapi import Depends
from pydantic import Field, SecretStr

from app.accounts.dependencies import CurrentUser
from app.core.api import API_V1, DataResponse, Envelope, RequestModel, ResponseModel, Router
from app.core.guards import RateLimit
from app.features.message_templates.rendering import MessageRenderer, Sender, compile_footer

router = Router(
    prefix=f"{API_V1}/message-templates",
    tags=["message-templates"],
    dependencies=[Depends(RateLimit("30/minute", name="message_templates"))],
)


class MessageIn(RequestModel):
    """A text to render."""

    subject: str = Field(max_length=200, examples=["News from {sender.name}"])
    text: str = Field(max_length=5000, examples=["Hello from {{ sender.name }}"])


class MessageOut(ResponseModel):
    """A rendered message."""

    text: str = Field(examples=["Hello from Acme"])


@router.post("/previews", response_model=Envelope[MessageOut])
async def preview_message(user: CurrentUser, new: MessageIn) -> DataResponse[MessageOut]:
    """Return a preview of a message."""
    renderer = MessageRenderer(Sender(user.email, SecretStr(user.id.hex)))
    text = renderer.preview(new.subject, new.text) + renderer.signature(new.subject)
    return DataResponse(MessageOut(text=text))


@router.post("/renderings", response_model=Envelope[MessageOut])
async def render_message(user: CurrentUser, new: MessageIn) -> DataResponse[MessageOut]:
    """Return a message."""
    sender = Sender(user.email, SecretStr(user.id.hex))
    footer = compile_footer(new.subject).render(sender=sender)
    return DataResponse(MessageOut(text=MessageRenderer(sender).render(new.text) + footer))
