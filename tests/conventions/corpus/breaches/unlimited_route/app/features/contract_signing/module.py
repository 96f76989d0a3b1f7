"""The parts that this feature plugs into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.contract_signing.clients import SigningService
from app.features.contract_signing.router import router
from app.features.contract_signing.settings import SigningServiceSettings


@asynccontextmanager
async def open_signing_service(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the client open while the service runs."""
    url = get(SigningServiceSettings).signing_service_url
    async with HttpClient("signing_service", base_url=url) as client:
        with provide(SigningService, SigningService(client)):
            yield


module = Module(
    name="contract_signing",
    router=router,
    open=open_signing_service,
    settings=SigningServiceSettings,
)
