"""The parts that this feature plugs into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.secret_scans.clients import RevocationService
from app.features.secret_scans.router import router
from app.features.secret_scans.settings import ScanSettings


@asynccontextmanager
async def open_revocations(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the client open while the service runs."""
    settings = get(ScanSettings)
    async with HttpClient("revocations", base_url=settings.revocation_url) as client:
        with provide(RevocationService, RevocationService(client, settings.revocation_api_key)):
            yield


module = Module(
    name="secret_scans",
    router=router,
    open=open_revocations,
    settings=ScanSettings,
)
