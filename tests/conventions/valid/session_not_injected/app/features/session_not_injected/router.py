"""Endpoints."""

from pydantic import Field
from sqlalchemy import func

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router
from app.core.db import ReadSession, ReadSessionLocal

router = Router(prefix=f"{API_V1}/session-not-injected", tags=["session-not-injected"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])
async def read_session_not_injected(session: ReadSession) -> DataResponse[Hello]:
    """Greet the database."""
    return DataResponse(Hello(text=await session.scalar(func.version())))


async def report_version() -> str:
    """Return the same outside of a request, where no session is injected."""
    async with ReadSessionLocal() as session:
        return await session.scalar(func.version())
