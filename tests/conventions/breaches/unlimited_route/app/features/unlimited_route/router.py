"""Endpoints."""

from uuid import UUID

from fastapi import Request
from pydantic import Field

from app.core.batch import BatchIds
from app.core.envelope import Answer, Batch, BatchEnvelope, Envelope
from app.core.routing import Router
from app.core.schemas import Input, Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/unlimited-routes", tags=["unlimited-routes"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Asked(Input):
    """What is asked for."""

    ids: BatchIds[UUID] = Field(examples=[[]])


@router.post("", response_model=BatchEnvelope[Hello])  # breach: unlimited-route
async def greet_all(asked: Asked) -> Batch[Hello]:
    """Greet a hundred at once."""
    return Batch([Hello(text=str(one)) for one in asked.ids], [])


@router.post("/uploads", response_model=Envelope[Hello])  # breach: unlimited-route
async def greet_upload(request: Request) -> Answer[Hello]:
    """Greet whatever comes, as long as it comes."""
    return Answer(Hello(text=str([part async for part in request.stream()])))
