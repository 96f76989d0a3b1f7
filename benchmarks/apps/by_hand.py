"""The measured reads by hand, on bare FastAPI: `app`, and `dressed`, which logs and adds headers.

The same guarantees in the fewest statements: a token is valid until it expires, its session ends or
its user is disabled, and its use is stored; a row or a cursor of another user is not found; with
REDIS_URL every request is counted there. Nothing is reusable.
"""

import hmac
import os
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from time import perf_counter
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID, uuid4

import orjson
from fastapi import FastAPI, Header, HTTPException, Query, Request
from pydantic import BaseModel, PlainSerializer
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

AMOUNT = 999_999_999
TOUCH, IDLE = timedelta(minutes=5), timedelta(days=14)
SECRET_KEY = os.environ["SECRET_KEY"]
REDIS_URL = os.environ.get("REDIS_URL")
AUTHENTICATE = text(
    "SELECT s.id, s.user_id, s.last_seen_at, s.ends_at FROM sessions s JOIN users u"
    " ON u.id = s.user_id WHERE s.token_hash = :token AND s.expires_at > :now"
    " AND u.disabled_at IS NULL"
)
TOUCHED = text(
    "UPDATE sessions SET last_seen_at = :now, expires_at = least(:idle, ends_at)"
    " WHERE id = :id AND last_seen_at = :seen"
)
SYMBOL = text(
    "SELECT id, ticker, name, currency, created_at, updated_at FROM symbols WHERE ticker = :ticker"
)
ALERTS = (
    "SELECT a.id, s.ticker AS symbol, a.condition, a.threshold, a.active, a.version, a.created_at,"
    " a.updated_at FROM alerts a JOIN symbols s ON s.id = a.symbol_id WHERE a.owner_id = :owner"
)
ALERT = text(f"{ALERTS} AND a.id = :id")
PAGE = text(
    f"{ALERTS} AND (a.created_at, a.id) < (:at, :after)"
    " ORDER BY a.created_at DESC, a.id DESC LIMIT :most"
)
COUNT = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('EXPIRE', KEYS[1], 60) end
return used
"""

T = TypeVar("T")
Plain = Annotated[Decimal, PlainSerializer(lambda value: f"{value:f}")]


class SymbolOut(BaseModel):
    """A symbol."""

    id: UUID
    ticker: str
    name: str
    currency: str
    created_at: datetime
    updated_at: datetime


class AlertOut(BaseModel):
    """An alert."""

    id: UUID
    symbol: str
    condition: str
    threshold: Plain
    active: bool
    version: int
    created_at: datetime
    updated_at: datetime


class Meta(BaseModel):
    """The position of a page."""

    limit: int
    next_cursor: str | None


class PlainOut(BaseModel):
    """A small response."""

    status: str
    checks: list[str]


class Envelope(BaseModel, Generic[T]):
    """A single item."""

    data: T


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    data: list[T]
    meta: Meta


engine = create_async_engine(os.environ["DATABASE_URL"], isolation_level="AUTOCOMMIT")
count_in_redis: Any = None
if REDIS_URL:
    from redis.asyncio import Redis

    count_in_redis = Redis.from_url(REDIS_URL).register_script(COUNT)
counts: dict[str, int] = {}
app = FastAPI()


async def count(client: str) -> int:
    """Count a request of a client; return how many it may still send."""
    if count_in_redis:
        used = await count_in_redis(keys=[client])
    else:
        used = counts[client] = counts.get(client, 0) + 1
    if used > AMOUNT:
        raise HTTPException(429)
    return AMOUNT - used


def host_of(request: Request) -> str:
    """Return the address of the client."""
    return request.client.host if request.client else ""


async def authenticate(connection: AsyncConnection, authorization: str) -> UUID:
    """Return the user of a token, in one statement; a use that is not stored is another."""
    now = datetime.now(UTC)
    token = sha256(authorization.removeprefix("Bearer ").encode()).digest()
    row = (await connection.execute(AUTHENTICATE, {"token": token, "now": now})).one_or_none()
    if row is None:
        raise HTTPException(401)
    if now - row.last_seen_at > TOUCH:
        used = {"now": now, "idle": now + IDLE, "id": row.id, "seen": row.last_seen_at}
        await connection.execute(TOUCHED, used)
    user: UUID = row.user_id
    return user


@app.get("/plain", response_model=Envelope[PlainOut])
async def read_plain() -> dict[str, object]:
    """Return a constant, and do nothing else."""
    return {"data": {"status": "ok", "checks": ["a", "b"]}}


@app.get("/counted", response_model=Envelope[PlainOut])
async def read_counted(request: Request) -> dict[str, object]:
    """Return a constant, and count the request."""
    request.state.left = await count(host_of(request))
    return {"data": {"status": "ok", "checks": ["a", "b"]}}


@app.get("/symbols/{ticker}", response_model=Envelope[SymbolOut])
async def read_symbol(ticker: str, request: Request) -> dict[str, object]:
    """Return one symbol, and count the request."""
    request.state.left = await count(host_of(request))
    async with engine.connect() as connection:
        row = (await connection.execute(SYMBOL, {"ticker": ticker})).one_or_none()
    if row is None:
        raise HTTPException(404)
    return {"data": row._mapping}


@app.get("/alerts", response_model=Page[AlertOut])
async def list_alerts(
    authorization: Annotated[str, Header()],
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000)],
    cursor: str,
) -> dict[str, object]:
    """Return a page of the user's alerts, in two statements on one connection."""
    async with engine.connect() as connection:
        owner = await authenticate(connection, authorization)
        request.state.left = await count(str(owner))
        at, after = read_cursor(cursor, owner)
        last = {"owner": owner, "at": at, "after": after, "most": limit + 1}
        rows = (await connection.execute(PAGE, last)).all()
    page = rows[:limit]
    following = write_cursor(page[-1], owner) if len(rows) > limit else None
    return {
        "data": [row._mapping for row in page],
        "meta": {"limit": limit, "next_cursor": following},
    }


@app.get("/alerts/{alert_id}", response_model=Envelope[AlertOut])
async def read_alert(
    alert_id: UUID, authorization: Annotated[str, Header()], request: Request
) -> dict[str, object]:
    """Return an alert of the user, in two statements on one connection."""
    async with engine.connect() as connection:
        owner = await authenticate(connection, authorization)
        request.state.left = await count(str(owner))
        row = (await connection.execute(ALERT, {"owner": owner, "id": alert_id})).one_or_none()
    if row is None:
        raise HTTPException(404)
    return {"data": row._mapping}


def sign(value: bytes, owner: UUID) -> bytes:
    """Return the signature of a user's cursor."""
    key = hmac.digest(SECRET_KEY.encode(), owner.bytes, "sha256")
    return urlsafe_b64encode(hmac.digest(key, value, "sha256"))


def write_cursor(row: Row[*tuple[Any, ...]], owner: UUID) -> str:
    """Return the signed position of a row."""
    value = urlsafe_b64encode(orjson.dumps([row.created_at, str(row.id)]))
    return b".".join([value, sign(value, owner)]).decode()


def read_cursor(cursor: str, owner: UUID) -> tuple[datetime, UUID]:
    """Return the position in a cursor that was signed for the user."""
    value, _, signature = cursor.encode().partition(b".")
    if not hmac.compare_digest(signature, sign(value, owner)):
        raise HTTPException(400)
    at, after = orjson.loads(urlsafe_b64decode(value))
    return datetime.fromisoformat(at), UUID(after)


@app.get("/first-cursor")
async def first_cursor(authorization: Annotated[str, Header()]) -> str:
    """Return the cursor after the 50 newest alerts, for the requests that are measured."""
    async with engine.connect() as connection:
        owner = await authenticate(connection, authorization)
        newest = {"owner": owner, "at": datetime.max.replace(tzinfo=UTC), "after": UUID(int=0)}
        rows = (await connection.execute(PAGE, newest | {"most": 50})).all()
    return write_cursor(rows[-1], owner)


@app.get("/health/live")
async def live() -> str:
    """Return at once."""
    return "ok"


HEADERS = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"ratelimit-policy", b'"default";q=999999999;w=60'),
]
Send = Callable[[dict[str, Any]], Awaitable[None]]


async def dressed(scope: dict[str, Any], receive: object, send: Send) -> None:
    """Serve the app with a request id, a log line, timing, security and limit headers."""
    if scope["type"] != "http":
        await app(scope, receive, send)
        return
    started, status = perf_counter(), 500
    given = dict(scope["headers"]).get(b"x-request-id", b"")
    request_id = given if 0 < len(given) <= 64 and given.isalnum() else uuid4().hex.encode()
    scope["state"] = {**scope.get("state", {}), "left": 0}

    async def send_dressed(message: dict[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
            elapsed = f"total;dur={(perf_counter() - started) * 1000:.1f}"
            left = f'"default";r={scope["state"]["left"]};t=1'
            message["headers"] = [
                *message["headers"],
                *HEADERS,
                (b"x-request-id", request_id),
                (b"server-timing", elapsed.encode()),
                (b"ratelimit", left.encode()),
            ]
        await send(message)

    try:
        await app(scope, receive, send_dressed)
    finally:
        line = {
            "event": "request",
            "timestamp": datetime.now(UTC),
            "request_id": request_id.decode(),
            "method": scope["method"],
            "route": getattr(scope.get("route"), "path", None),
            "status": status,
            "ms": round((perf_counter() - started) * 1000, 1),
        }
        sys.stdout.buffer.write(orjson.dumps(line) + b"\n")
        sys.stdout.buffer.flush()
