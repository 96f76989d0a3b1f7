"""Endpoints."""

from pydantic import Field
from starlette.responses import PlainTextResponse

from app.core.envelope import Page, PageEnvelope, PageMeta
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/answers-outside", tags=["answers-outside"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Greetings(PageEnvelope[Hello]):
    """A page with a name of its own."""


@router.get("/first", response_model=Greetings)
async def read_page() -> Page[Hello]:
    """Greet in an envelope that inherits from one of the three."""
    return Page([Hello(text="Hello")], PageMeta(1, None))


@router.get("/second", response_class=PlainTextResponse)
async def read_text() -> PlainTextResponse:
    """Greet, and not in JSON."""
    return PlainTextResponse("Hello")


@router.put("/third", status_code=204)
async def read_nothing() -> None:
    """Answer nothing."""
