"""Endpoints."""

from datetime import date

from fastapi import Depends
from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1, Sunset

router = Router(prefix=f"{API_V1}/silent-deprecations", tags=["silent-deprecations"])

OLD_GREETINGS = Sunset(deprecated=date(2027, 1, 31), gone=date(2027, 7, 31))


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get(
    "/first",
    response_model=Envelope[Hello],
    deprecated=True,
    dependencies=[Depends(OLD_GREETINGS)],
)
async def read_announced() -> Answer[Hello]:
    """Greet for the last time, and say so."""
    return Answer(Hello(text="Hello"))
