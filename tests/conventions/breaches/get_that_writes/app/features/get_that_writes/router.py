"""Endpoints."""

from pydantic import Field
from sqlalchemy import func

from app.core.database import Session
from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/gets-that-write", tags=["gets-that-write"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])  # breach: get-that-writes
async def read_writing(session: Session) -> Answer[Hello]:
    """Greet the database in a transaction."""
    return Answer(Hello(text=await session.scalar(func.version())))
