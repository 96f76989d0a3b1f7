"""Endpoints."""

from pydantic import Field
from starlette.responses import PlainTextResponse

from app.core.api import API_V1, Page, PageEnvelope, PageMeta, ResponseModel, Router

router = Router(prefix=f"{API_V1}/answers-outside", tags=["answers-outside"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Greetings(PageEnvelope[Hello]):
    """A page with a name of its own."""


@router.get("/first", response_model=Greetings)
async def read_page() -> Page[Hello]:
    """Greet in an envelope that inherits from one of the three."""
    return Page([Hello(text="Hello")], PageMeta(limit=1, next_cursor=None))


@router.get("/second", response_class=PlainTextResponse)
async def read_text() -> PlainTextResponse:
    """Greet, and not in JSON."""
    return PlainTextResponse("Hello")


@router.put("/third", status_code=204)
async def read_nothing() -> None:
    """Answer nothing."""
