"""Endpoints."""

from pydantic import Field
from sqlalchemy import func

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router
from app.core.db import Session

router = Router(prefix=f"{API_V1}/gets-that-write", tags=["gets-that-write"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])  # violates: get-that-writes
async def read_writing(session: Session) -> DataResponse[Hello]:
    """Greet the database in a transaction."""
    return DataResponse(Hello(text=await session.scalar(func.version())))
