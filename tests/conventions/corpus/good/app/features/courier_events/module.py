"""The parts that this feature plugs into the service."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.courier_events.clients import LabelService
from app.features.courier_events.router import router
from app.features.courier_events.settings import CourierEventSettings


@asynccontextmanager
async def open_labels(_app: FastAPI) -> AsyncIterator[None]:
    """Hold a client for each host of labels open while the service runs."""
    settings = get(CourierEventSettings)
    async with AsyncExitStack() as opened:
        clients = {
            host: await opened.enter_async_context(HttpClient(host, base_url=f"https://{host}"))
            for host in settings.courier_label_hosts
        }
        with provide(LabelService, LabelService(clients, base_url=settings.courier_label_url)):
            yield


module = Module(
    name="courier_events",
    router=router,
    open=open_labels,
    settings=CourierEventSettings,
)
