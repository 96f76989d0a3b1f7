import asyncio

import httpx2
import pytest
from sqlalchemy import func, select

from app.core.db import AsyncSessionLocal
from app.core.http import HttpClient
from app.features.outbox_relay.models import OutboxMessage
from app.features.outbox_relay.relay import Relay, write_message
from app.features.outbox_relay.settings import RelaySettings
from tests.features.upstream import upstream_response


async def waiting() -> int:
    async with AsyncSessionLocal() as session:
        return await session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


async def until_published(keys: list[str]) -> None:
    """Wait until both messages were sent, and the outcome of the round is stored."""
    for _ in range(100):
        if len(keys) > 1 and await waiting() == 1:
            return
        await asyncio.sleep(0.05)


@pytest.mark.usefixtures("committed_database")
async def test_a_message_is_published_and_deleted() -> None:
    keys: list[str] = []

    async def respond(request: httpx2.Request) -> httpx2.Response:
        keys.append(request.headers["idempotency-key"])
        return upstream_response(202 if "good" in request.url.path else 400)

    async with AsyncSessionLocal.begin() as session:
        write_message(session, "good", {"order": 1})
        write_message(session, "bad", {"order": 2})
    transport = httpx2.MockTransport(respond)
    http = HttpClient("bus", base_url="http://127.0.0.1", transport=transport)
    relay = Relay(http, RelaySettings(bus_poll_seconds=0.05))
    relay.start()
    try:
        await until_published(keys)
    finally:
        await relay.stop()
    assert await waiting() == 1
    assert len(set(keys)) == 2
