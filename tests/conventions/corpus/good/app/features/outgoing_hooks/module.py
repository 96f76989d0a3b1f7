"""The module of outgoing hooks: opens a client for each partner."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.outgoing_hooks.calling import HookCaller, allowed_partners
from app.features.outgoing_hooks.router import router
from app.features.outgoing_hooks.settings import OutgoingHookSettings


@asynccontextmanager
async def open_callers(_app: FastAPI) -> AsyncIterator[None]:
    """Provide the caller while the service runs."""
    settings = get(OutgoingHookSettings)
    async with AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(HttpClient(f"hook-{name}", base_url=address))
            for name, address in allowed_partners(settings.hook_partners).items()
        }
        stack.enter_context(provide(HookCaller, HookCaller(clients, settings)))
        yield


module = Module(
    name="outgoing_hooks", router=router, open=open_callers, settings=OutgoingHookSettings
)
