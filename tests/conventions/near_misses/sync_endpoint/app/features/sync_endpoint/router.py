"""Endpoints."""

from typing import Annotated

from fastapi import Depends
from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/sync-endpoints", tags=["sync-endpoints"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


def get_greeting() -> str:
    """Return what to say: a dependency that waits for nothing may be plain."""
    return "Hello"


@router.get("/first", response_model=Envelope[Hello])
async def read_sync_endpoint(greeting: Annotated[str, Depends(get_greeting)]) -> Answer[Hello]:
    """Greet."""
    return Answer(Hello(text=greeting))
