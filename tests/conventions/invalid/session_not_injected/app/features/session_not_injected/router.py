"""Endpoints."""

from pydantic import Field
from sqlalchemy import func

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router
from app.core.db import ReadSessionLocal

router = Router(prefix=f"{API_V1}/session-not-injected", tags=["session-not-injected"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])
async def read_session_not_injected() -> DataResponse[Hello]:
    """Greet the database."""
    async with ReadSessionLocal() as session:  # violates: session-not-injected
        version = await session.scalar(func.version())
    return DataResponse(Hello(text=version))
