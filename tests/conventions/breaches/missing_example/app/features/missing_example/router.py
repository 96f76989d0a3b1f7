"""Endpoints."""

from app.core.envelope import Answer, Envelope
from app.core.routing import Router
from app.core.schemas import Output
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/missing-examples", tags=["missing-examples"])


class Plain(Output):
    """A greeting, and nothing to go by."""

    text: str  # breach: missing-example


@router.get("/first", response_model=Envelope[Plain])
async def read_without_example() -> Answer[Plain]:
    """Greet."""
    return Answer(Plain(text="Hello"))
