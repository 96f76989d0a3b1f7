"""Endpoints."""

from pydantic import Field
from sqlalchemy import func

from app.core.database import ReadSession, ReadSessionLocal
from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/session-not-injected", tags=["session-not-injected"])


class Hello(Output):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])
async def read_session_not_injected(session: ReadSession) -> Answer[Hello]:
    """Greet the database."""
    return Answer(Hello(text=await session.scalar(func.version())))


async def report_version() -> str:
    """Return the same outside of a request, where nobody injects a session."""
    async with ReadSessionLocal() as session:
        return await session.scalar(func.version())
