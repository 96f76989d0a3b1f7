"""Endpoints."""

from pydantic import Field
from sqlalchemy import func

from app.accounts.owned import OwnReadSession, OwnSession
from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/gets-that-write", tags=["gets-that-write"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])
async def read_reading(session: OwnReadSession) -> Answer[Hello]:
    """Greet the database without a transaction."""
    return Answer(Hello(text=await session.scalar(func.version())))


@router.put("/first", response_model=Envelope[Hello])
async def write_reading(session: OwnSession) -> Answer[Hello]:
    """Greet it in one."""
    return Answer(Hello(text=await session.scalar(func.version())))
