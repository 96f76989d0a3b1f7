"""The module of the outbox: runs the relay while the service runs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get
from app.features.outbox_relay.relay import Relay
from app.features.outbox_relay.settings import RelaySettings


@asynccontextmanager
async def run_relay(_app: FastAPI) -> AsyncIterator[None]:
    """Relay messages while the service runs; without a bus, they wait."""
    settings = get(RelaySettings)
    if settings.bus_url is None or settings.bus_token is None:
        yield
        return
    headers = {"Authorization": f"Bearer {settings.bus_token.get_secret_value()}"}
    async with HttpClient("message-bus", base_url=settings.bus_url, headers=headers) as client:
        relay = Relay(client, settings)
        relay.start()
        try:
            yield
        finally:
            await relay.stop()


module = Module(name="outbox_relay", run=run_relay, settings=RelaySettings)
