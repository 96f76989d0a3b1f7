"""Endpoints."""

from uuid import UUID

from fastapi import Request
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

router = Router(prefix=f"{API_V1}/unlimited-routes", tags=["unlimited-routes"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Asked(RequestModel):
    """A request for greetings."""

    ids: BatchIds[UUID] = Field(examples=[[]])


@router.post("", response_model=BatchEnvelope[Hello])  # violates: unlimited-route
async def greet_all(asked: Asked) -> Batch[Hello]:
    """Greet a hundred at once."""
    return Batch([Hello(text=str(one)) for one in asked.ids], [])


@router.post("/uploads", response_model=Envelope[Hello])  # violates: unlimited-route
async def greet_upload(request: Request) -> DataResponse[Hello]:
    """Greet from an upload of any length."""
    return DataResponse(Hello(text=str([part async for part in request.stream()])))
