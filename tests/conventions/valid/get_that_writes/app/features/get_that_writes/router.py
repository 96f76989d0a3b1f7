"""Endpoints."""

from pydantic import Field
from sqlalchemy import func

from app.accounts.owned import OwnReadSession, OwnSession
from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/gets-that-write", tags=["gets-that-write"])


class Hello(ResponseModel):
    """A greeting."""

    text: str = Field(examples=["Hello"])


@router.get("/first", response_model=Envelope[Hello])
async def read_reading(session: OwnReadSession) -> DataResponse[Hello]:
    """Greet the database without a transaction."""
    return DataResponse(Hello(text=await session.scalar(func.version())))


@router.put("/first", response_model=Envelope[Hello])
async def write_reading(session: OwnSession) -> DataResponse[Hello]:
    """Greet it in one."""
    return DataResponse(Hello(text=await session.scalar(func.version())))
