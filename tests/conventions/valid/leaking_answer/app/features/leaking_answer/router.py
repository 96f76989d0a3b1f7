"""Endpoints."""

from datetime import UTC, datetime

from pydantic import Field

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router

router = Router(prefix=f"{API_V1}/leaking-answers", tags=["leaking-answers"])


class Kept(ResponseModel):
    """That there is one, and when it was hashed."""

    has_password: bool = Field(examples=[True])
    content_hash: str = Field(examples=["9f"])
    password_hashed_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


@router.get("/first", response_model=Envelope[Kept])
async def read_kept() -> DataResponse[Kept]:
    """Tell that."""
    return DataResponse(
        Kept(has_password=True, content_hash="9f", password_hashed_at=datetime.now(UTC))
    )
