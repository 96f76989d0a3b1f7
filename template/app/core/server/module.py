"""The module that provides what the server needs in each process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.module import Module
from app.core.server.connections import ConnectionTable
from app.core.server.draining import draining_on_sigterm
from app.core.server.settings import ServerSettings
from app.core.services import get, provide


@asynccontextmanager
async def _open_server(_app: FastAPI) -> AsyncIterator[None]:
    settings = get(ServerSettings)
    with (
        provide(ConnectionTable, ConnectionTable(settings)),
        draining_on_sigterm(settings.drain_seconds),
    ):
        yield


module = Module(name="server", open=_open_server, settings=ServerSettings)
