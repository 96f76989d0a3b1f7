"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.core.batch import BatchIds
from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Input, Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/unlimited-lists", tags=["unlimited-lists"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Some(Input):
    """At most a hundred."""

    ids: BatchIds[UUID] = Field(examples=[[]])


class Counted(Output):
    """All that came."""

    ids: list[UUID]


@router.put("/first", response_model=Envelope[Counted])
async def take_some(new: Some) -> Answer[Counted]:
    """Return them."""
    return Answer(Counted(ids=new.ids))
