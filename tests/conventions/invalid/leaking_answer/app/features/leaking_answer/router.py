"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/leaking-answers", tags=["leaking-answers"])


class Told(ResponseModel):
    """More than should be told."""

    password_hash: str = Field(examples=["$argon2id$v=19"])  # breach: leaking-answer


@router.get("/first", response_model=Envelope[Told])
async def read_told() -> DataResponse[Told]:
    """Tell it."""
    return DataResponse(Told(password_hash="-"))
