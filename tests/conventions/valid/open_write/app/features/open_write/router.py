"""Endpoints."""

from hmac import compare_digest
from typing import Annotated

from fastapi import Header, Request
from sqlalchemy import func, select

from app.accounts.owned import OwnSession
from app.core.api import API_V1, Router, anonymous
from app.core.db import Session

router = Router(prefix=f"{API_V1}/open-writes", tags=["open-writes"])


@router.put("/first", status_code=204)
async def write_own(session: OwnSession) -> None:
    """Let one's own clock tick."""
    await session.execute(select(func.now()))


@router.put("/second", status_code=204)
@anonymous("A visitor votes before signing up.")
async def write_without_user(session: Session) -> None:
    """Advance the clock of all visitors."""
    await session.execute(select(func.now()))


@router.put("/third", status_code=204)
async def write_signed(
    session: Session, signature: Annotated[str, Header(max_length=100)], request: Request
) -> None:
    """Let it tick for a webhook."""
    if compare_digest(signature, request.url.path):
        await session.execute(select(func.now()))
