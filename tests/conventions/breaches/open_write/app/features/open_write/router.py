"""Endpoints."""

from sqlalchemy import func, select

from app.core.database import Session
from app.core.routing import Router
from app.core.versions import API_V1

router = Router(prefix=f"{API_V1}/open-writes", tags=["open-writes"])


@router.put("/first", status_code=204)  # breach: open-write
async def write_openly(session: Session) -> None:
    """Let the clock of everybody tick."""
    await session.execute(select(func.now()))
