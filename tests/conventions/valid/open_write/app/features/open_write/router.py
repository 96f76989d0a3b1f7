"""Endpoints."""

from hmac import compare_digest
from typing import Annotated

from fastapi import Header, Request
from pydantic import Field, SecretStr
from sqlalchemy import func, select

from app.accounts.owned import OwnSession
from app.core.api import API_V1, RequestModel, Router
from app.core.db import Session

router = Router(prefix=f"{API_V1}/open-writes", tags=["open-writes"])


class Proof(RequestModel):
    """A secret of the caller."""

    token: SecretStr = Field(max_length=100, examples=["q3ZxN0vCk4c2"])


@router.put("/first", status_code=204)
async def write_own(session: OwnSession) -> None:
    """Let one's own clock tick."""
    await session.execute(select(func.now()))


@router.put("/second", status_code=204)
async def write_with_proof(session: Session, proof: Proof) -> None:
    """Advance the clock of the owner of the token."""
    await session.execute(select(func.now(), func.length(proof.token.get_secret_value())))


@router.put("/third", status_code=204)
async def write_signed(
    session: Session, signature: Annotated[str, Header(max_length=100)], request: Request
) -> None:
    """Let it tick for a webhook."""
    if compare_digest(signature, request.url.path):
        await session.execute(select(func.now()))
