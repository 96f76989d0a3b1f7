"""Endpoints."""

from uuid import UUID

from fastapi import Depends
from pydantic import Field

from app.core.api import (
    API_V1,
    Batch,
    BatchEnvelope,
    BatchIds,
    DataResponse,
    Envelope,
    RequestModel,
    ResponseModel,
    Router,
)
from app.core.guards import RateLimit

router = Router(prefix=f"{API_V1}/unlimited-routes", tags=["unlimited-routes"])
BATCHES = RateLimit("30/minute", name="greetings")


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Asked(RequestModel):
    """A request for greetings."""

    ids: BatchIds[UUID] = Field(examples=[[]])


@router.post("", response_model=BatchEnvelope[Hello], dependencies=[Depends(BATCHES)])
async def greet_all(asked: Asked) -> Batch[Hello]:
    """Greet a hundred at once, some times a minute."""
    return Batch([Hello(text=str(one)) for one in asked.ids], [])


@router.post("/one", response_model=Envelope[Hello])
async def greet_one(asked: Asked) -> DataResponse[Hello]:
    """Greet once, which costs nothing."""
    return DataResponse(Hello(text=str(asked.ids[0])))
