"""Endpoints."""

from pydantic import Field
from sqlalchemy import func

from app.core.database import ReadSessionLocal
from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/session-not-injected", tags=["session-not-injected"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])
async def read_session_not_injected() -> Answer[Hello]:
    """Greet the database."""
    async with ReadSessionLocal() as session:  # breach: session-not-injected
        version = await session.scalar(func.version())
    return Answer(Hello(text=version))
