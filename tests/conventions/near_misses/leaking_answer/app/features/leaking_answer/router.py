"""Endpoints."""

from datetime import UTC, datetime

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/leaking-answers", tags=["leaking-answers"])


class Kept(Output):
    """That there is one, and when it was hashed."""

    has_password: bool = Field(examples=[True])
    password_hashed_at: datetime = Field(examples=["2026-01-31T12:00:00Z"])


@router.get("/first", response_model=Envelope[Kept])
async def read_kept() -> Answer[Kept]:
    """Tell that."""
    return Answer(Kept(has_password=True, password_hashed_at=datetime.now(UTC)))
