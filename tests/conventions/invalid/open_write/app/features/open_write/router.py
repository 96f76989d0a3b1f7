"""Endpoints."""

from pydantic import Field, SecretStr
from sqlalchemy import func, select

from app.core.api import API_V1, RequestModel, Router, anonymous
from app.core.db import Session

router = Router(prefix=f"{API_V1}/open-writes", tags=["open-writes"])


class Guess(RequestModel):
    """A secret that nothing compares."""

    token: SecretStr = Field(max_length=100, examples=["q3ZxN0vCk4c2"])


@router.put("/first", status_code=204)  # violates: open-write
async def write_openly(session: Session) -> None:
    """Advance the clock of all users."""
    await session.execute(select(func.now()))


@router.put("/second", status_code=204)  # violates: open-write
async def write_with_a_secret(session: Session, guess: Guess) -> None:
    """Advance it for whoever sends a token."""
    await session.execute(select(func.now(), func.length(guess.token.get_secret_value())))


@router.put("/third", status_code=204)  # violates: open-write
@anonymous("")
async def write_without_reason(session: Session) -> None:
    """Advance it for everybody."""
    await session.execute(select(func.now()))
