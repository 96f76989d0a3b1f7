"""Endpoints."""

from pydantic import Field

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/leaking-answers", tags=["leaking-answers"])


class Told(Output):
    """More than should be told."""

    password_hash: str = Field(examples=["$argon2id$v=19"])  # breach: leaking-answer


@router.get("/first", response_model=Envelope[Told])
async def read_told() -> Answer[Told]:
    """Tell it."""
    return Answer(Told(password_hash="-"))
