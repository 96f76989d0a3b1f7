"""The module of kiosks: reads the models and opens the client of the wholesaler."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx2
from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.kiosk_terminals.kiosk_models import read_models, tls_context
from app.features.kiosk_terminals.router import router
from app.features.kiosk_terminals.settings import KioskSettings


class Wholesaler(HttpClient):
    """The wholesaler, from whom the prices come."""


class KioskModels(dict[str, tuple[int, int]]):
    """The sizes of the known models by name."""


@asynccontextmanager
async def open_kiosks(_app: FastAPI) -> AsyncIterator[None]:
    """Provide the models, and the wholesaler if there is a password for it."""
    settings = get(KioskSettings)
    models = await asyncio.to_thread(read_models, settings.kiosk_models_file)
    sizes = KioskModels({name: (one.width, one.height) for name, one in models.items()})
    async with AsyncExitStack() as stack:
        stack.enter_context(provide(KioskModels, sizes))
        if settings.kiosk_wholesaler_password is not None:
            context = await asyncio.to_thread(tls_context, settings)
            password = settings.kiosk_wholesaler_password.get_secret_value()
            given = b64encode(f"kiosks:{password}".encode()).decode()
            client = Wholesaler(
                "wholesaler",
                base_url=settings.kiosk_wholesaler_url,
                headers={"Authorization": f"Basic {given}"},
                transport=httpx2.AsyncHTTPTransport(verify=context),
            )
            stack.enter_context(provide(Wholesaler, await stack.enter_async_context(client)))
        yield


module = Module(name="kiosk_terminals", router=router, open=open_kiosks, settings=KioskSettings)
