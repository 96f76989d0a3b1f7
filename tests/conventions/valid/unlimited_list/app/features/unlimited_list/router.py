"""Endpoints."""

from uuid import UUID

from pydantic import Field

from app.core.api import (
    API_V1,
    BatchIds,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
)

router = Router(prefix=f"{API_V1}/unlimited-lists", tags=["unlimited-lists"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Some(RequestModel):
    """At most a hundred."""

    ids: BatchIds[UUID] = Field(examples=[[]])


class Counted(ResponseModel):
    """All that came."""

    ids: list[UUID]


@router.put("/first", response_model=Envelope[Counted])
async def take_some(new: Some) -> DataResponse[Counted]:
    """Return them."""
    return DataResponse(Counted(ids=new.ids))
