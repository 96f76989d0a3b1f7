"""Measures guarded routes in a generated service's environment; see `guards.py`."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from uuid import uuid4

from fastapi import Depends, FastAPI
from sqlalchemy import text

from app.accounts.dependencies import CurrentUser
from app.accounts.models import User, UserSession
from app.accounts.tokens import hash_token, new_token
from app.core.api import Router
from app.core.db import AsyncSessionLocal, Session
from app.core.guards import Idempotent, RateLimit
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.services import provide
from app.main import create_app

ROUNDS = 15
REQUESTS = 200
router = Router(prefix="/measured")
LIMIT = Depends(RateLimit("100000000/day"))
TOKEN = new_token()


@router.get("/plain")
async def read_plain() -> str:
    """Return a constant."""
    return "fine"


@router.get("/limited", dependencies=[LIMIT])
async def read_limited() -> str:
    """Return a constant, with a rate limit."""
    return "fine"


@router.get("/signed-in")
async def read_signed_in(user: CurrentUser) -> str:
    """Return a constant to an authenticated user."""
    return user.role


@router.post("/plain")
async def write_plain(session: Session) -> str:
    """Write a row."""
    await session.execute(text("INSERT INTO written VALUES (1)"))
    return "written"


@router.post("/once", dependencies=[Depends(Idempotent())])
async def write_once(session: Session) -> str:
    """Write a row once per idempotency key."""
    return await write_plain(session)


async def request(app: FastAPI, method: str, path: str) -> None:
    """Call the app directly, as a server does, without the network."""
    key = [(b"idempotency-key", uuid4().hex.encode())] if path.endswith("/once") else []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {TOKEN}".encode()), *key],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 80),
    }

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start" and message["status"] != 200:
            raise SystemExit(f"{method} {path} answered {message['status']}")

    await app(scope, receive, send)


async def seconds(measured: Callable[[], Awaitable[None]]) -> float:
    """Return the mean duration of a request in seconds."""
    started = perf_counter()
    for _ in range(REQUESTS):
        await measured()
    return (perf_counter() - started) / REQUESTS


async def compare(app: FastAPI, what: str, method: str, guarded: str) -> None:
    """Print the ratio of the times with and without the guard."""

    async def with_guard() -> None:
        await request(app, method, f"/measured/{guarded}")

    async def without() -> None:
        await request(app, method, "/measured/plain")

    await seconds(with_guard), await seconds(without)  # warm up
    pairs = [(await seconds(with_guard), await seconds(without)) for _ in range(ROUNDS)]
    ratio = statistics.median(a / b for a, b in pairs)
    cost = statistics.median(a - b for a, b in pairs)
    print(f"{what:34}{ratio:8.2f}   times the route without, {cost * 1e6:.0f} µs more", flush=True)


async def sign_in() -> None:
    """Store a user and a session with the token."""
    now, later = datetime.now(UTC), datetime.now(UTC) + timedelta(days=1)
    async with AsyncSessionLocal.begin() as session:
        user = User(email="a@example.com", email_key="a@example.com", password_hash="-")  # noqa: S106 (no password has this hash)
        session.add(user)
        await session.flush()
        opened = UserSession(user_id=user.id, token_hash=hash_token(TOKEN))
        opened.last_seen_at, opened.expires_at, opened.ends_at = now, later, later
        session.add(opened)


async def main() -> None:
    """Measure each guard."""
    app = create_app()
    app.include_router(router)
    async with app.router.lifespan_context(app):
        async with AsyncSessionLocal.begin() as session:
            await session.execute(text("CREATE TABLE IF NOT EXISTS written (id int)"))
        await sign_in()
        await compare(app, "authentication", "GET", "signed-in")
        await compare(app, "rate limit, Redis", "GET", "limited")
        with provide(RateLimitBackend, InMemoryRateLimitBackend()):
            await compare(app, "rate limit, in process", "GET", "limited")
        await compare(app, "idempotency key", "POST", "once")


if __name__ == "__main__":
    asyncio.run(main())
