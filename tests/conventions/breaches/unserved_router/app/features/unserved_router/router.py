"""The routes of what nobody listed."""

from app.core.envelope import Answer
from app.core.routing import Router

router = Router(prefix="/api/v1/unserved")


@router.get("")
async def read_unserved() -> Answer[int]:  # breach: unserved-router
    """Return a number."""
    return Answer(1)
