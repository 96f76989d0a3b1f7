"""The parts that this feature plugs into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.link_previews.clients import PageRenderer
from app.features.link_previews.router import router
from app.features.link_previews.settings import PageRendererSettings


@asynccontextmanager
async def open_page_renderer(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the client open while the service runs."""
    url = get(PageRendererSettings).page_renderer_url
    async with HttpClient("page_renderer", base_url=url) as client:
        with provide(PageRenderer, PageRenderer(client)):
            yield


module = Module(
    name="link_previews",
    router=router,
    open=open_page_renderer,
    settings=PageRendererSettings,
)
