"""Endpoints."""

from uuid import UUID

from fastapi import Depends
from pydantic import Field

from app.core.batch import BatchIds
from app.core.envelope import Answer, Batch, BatchEnvelope, Envelope
from app.core.rate_limit import RateLimit
from app.core.routing import Router
from app.core.schemas import Input, Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/unlimited-routes", tags=["unlimited-routes"])
BATCHES = RateLimit("30/minute", name="greetings")


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


class Asked(Input):
    """What is asked for."""

    ids: BatchIds[UUID] = Field(examples=[[]])


@router.post("", response_model=BatchEnvelope[Hello], dependencies=[Depends(BATCHES)])
async def greet_all(asked: Asked) -> Batch[Hello]:
    """Greet a hundred at once, some times a minute."""
    return Batch([Hello(text=str(one)) for one in asked.ids], [])


@router.post("/one", response_model=Envelope[Hello])
async def greet_one(asked: Asked) -> Answer[Hello]:
    """Greet once, which costs nothing."""
    return Answer(Hello(text=str(asked.ids[0])))
