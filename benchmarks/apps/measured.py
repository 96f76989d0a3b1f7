"""A feature of the measured service: routes that do little, so that the guards show."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Header, Request
from pydantic import Field
from sqlalchemy import text

from app.core.api import API_V1, DataResponse, Envelope, ResponseModel, Router, errors
from app.core.db import Session
from app.core.guards import Idempotent, NoRateLimit, RateLimit
from app.core.guards.rate_limit import RateLimited
from app.core.http import UPSTREAM_ERRORS, HttpClient
from app.core.module import Module
from app.core.services import get, provide

FREE = Depends(NoRateLimit())
LIMIT = Depends(RateLimit("100000000/day"))
WRITE = text("INSERT INTO measured (value) VALUES (1)")
CLAIM = text(
    "INSERT INTO idempotency_keys (digest, fingerprint, status, headers, body, expires_at)"
    " SELECT :digest, :fingerprint, 0, '[]', '', now() + interval '24 hours'"
    " WHERE pg_try_advisory_xact_lock(:number) ON CONFLICT DO NOTHING"
)
STORE = text("UPDATE idempotency_keys SET status = 200, body = :body WHERE digest = :digest")
COUNT = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('EXPIRE', KEYS[1], 60) end
return used
"""
AMOUNT = 999_999_999

counts: dict[str, int] = {}
count: Any = None
if "REDIS_URL" in os.environ:
    from redis.asyncio import Redis

    count = Redis.from_url(os.environ["REDIS_URL"]).register_script(COUNT)

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


@router.get("/limited-by-hand", response_model=Envelope[Plain], dependencies=[FREE])
async def read_limited_by_hand(request: Request) -> DataResponse[Plain]:
    """Return a constant, and count the client in one round trip."""
    client = request.client.host if request.client else ""
    if count:
        used = await count(keys=[client])
    else:
        used = counts[client] = counts.get(client, 0) + 1
    if used > AMOUNT:
        raise RateLimited
    return PLAIN


@router.post("/writes-once-by-hand", response_model=Envelope[Plain], dependencies=[FREE])
async def write_once_by_hand(
    session: Session, request: Request, idempotency_key: Annotated[str, Header()]
) -> DataResponse[Plain]:
    """Write a row once per idempotency key: one statement claims it, one stores the response."""
    body = await request.body()
    digest = sha256(f"{request.client}{request.url.path}{idempotency_key}".encode()).digest()
    claim = {"digest": digest, "fingerprint": sha256(body).digest()}
    connection = await session.connection()
    claimed = await connection.execute(
        CLAIM, claim | {"number": int.from_bytes(digest[:8], signed=True)}
    )
    if not claimed.rowcount:
        raise NotImplementedError  # the request runs, or its response is stored
    await session.execute(WRITE)
    response = PLAIN.data.model_dump_json().encode()
    await connection.execute(STORE, {"digest": digest, "body": response})
    return PLAIN


@router.get("/vendor", responses=errors(*UPSTREAM_ERRORS), dependencies=[FREE])
async def call_vendor() -> str:
    """Call another service."""
    return (await get(HttpClient).request("GET", "/")).text


@asynccontextmanager
async def open_client(_: FastAPI) -> AsyncIterator[None]:
    """Open the client of the other service."""
    vendor = os.environ.get("BENCH_VENDOR", "http://127.0.0.1")
    async with HttpClient("vendor", base_url=vendor) as client:
        with provide(HttpClient, client):
            yield


module = Module(name="measured", router=router, open=open_client)
