"""Endpoints."""

from sqlalchemy import func, select

from app.core.api import API_V1, Router
from app.core.db import Session

router = Router(prefix=f"{API_V1}/open-writes", tags=["open-writes"])


@router.put("/first", status_code=204)  # violates: open-write
async def write_openly(session: Session) -> None:
    """Advance the clock of all users."""
    await session.execute(select(func.now()))
