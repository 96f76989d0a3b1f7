"""Endpoints."""

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/leaking-answers", tags=["leaking-answers"])


class Leak(ResponseModel):
    """More fields than a client may see."""

    password_hash: str = Field(examples=["$argon2id$v=19"])  # violates: leaking-answer


@router.get("/first", response_model=Envelope[Leak])
async def read_leak() -> DataResponse[Leak]:
    """Tell it."""
    return DataResponse(Leak(password_hash="-"))
