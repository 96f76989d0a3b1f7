"""A feature of the measured service: routes that do little, so that the guards show."""

import os

from fastapi import Depends, Request
from pydantic import Field
from sqlalchemy import bindparam, insert, text

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router
from app.core.db import Session
from app.core.guards import Idempotent, NoRateLimit, RateLimit
from app.core.guards.idempotency import IdempotencyRecord
from app.core.module import Module

FREE = Depends(NoRateLimit())
LIMIT = Depends(RateLimit("100000000/day"))
WRITE = text("INSERT INTO measured (value) VALUES (1)")
CLAIM = text("SELECT pg_try_advisory_xact_lock(:number), status FROM (VALUES (1)) AS one")

router = Router(prefix=f"{API_V1}/measured", tags=["measured"])


class Plain(ResponseModel):
    """A small response."""

    status: str = Field(examples=["ok"])
    checks: list[str] = Field(examples=[["a"]])


PLAIN = DataResponse(Plain(status="ok", checks=["a", "b"]))


@router.get("/plain", response_model=Envelope[Plain])
async def read_plain() -> DataResponse[Plain]:
    """Return a constant, with the limit of every route."""
    return PLAIN


@router.get("/free", response_model=Envelope[Plain], dependencies=[FREE])
async def read_free() -> DataResponse[Plain]:
    """Return a constant, without a limit."""
    return PLAIN


@router.get("/limited", response_model=Envelope[Plain], dependencies=[LIMIT])
async def read_limited() -> DataResponse[Plain]:
    """Return a constant, with a limit."""
    return PLAIN


@router.post("/writes", response_model=Envelope[Plain], dependencies=[FREE])
async def write(session: Session) -> DataResponse[Plain]:
    """Write a row."""
    await session.execute(WRITE)
    return PLAIN


@router.post(
    "/writes-once", response_model=Envelope[Plain], dependencies=[FREE, Depends(Idempotent())]
)
async def write_once(session: Session) -> DataResponse[Plain]:
    """Write a row once per idempotency key."""
    await session.execute(WRITE)
    return PLAIN


module = Module(name="measured", router=router)
