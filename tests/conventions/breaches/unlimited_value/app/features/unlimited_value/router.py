"""Endpoints."""

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Input, Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/unlimited-values", tags=["unlimited-values"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Endless(Input):
    """A novel, told any number of times."""

    text: str = Field(examples=["Once"])  # breach: unlimited-value
    times: int = Field(ge=1, examples=[3])  # breach: unlimited-value


@router.put("/first", response_model=Envelope[Hello])
async def take_endless(new: Endless) -> Answer[Hello]:
    """Tell it."""
    return Answer(Hello(text=new.text * new.times))
