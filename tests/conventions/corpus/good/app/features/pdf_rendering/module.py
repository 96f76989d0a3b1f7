"""The module of renderings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient, Timeouts
from app.core.module import Module
from app.core.services import get, provide
from app.features.pdf_rendering.renderer import Renderer, keep_warm
from app.features.pdf_rendering.router import router
from app.features.pdf_rendering.service import render_pdf
from app.features.pdf_rendering.settings import RendererSettings

WARM_SECONDS = 240.0


@asynccontextmanager
async def open_renderer(_app: FastAPI) -> AsyncIterator[None]:
    """Provide the renderer while the service runs, and keep it awake."""
    settings = get(RendererSettings)
    if settings.renderer_api_key is None:
        yield
        return
    async with HttpClient(
        "renderer",
        base_url=settings.renderer_url,
        headers={"X-Api-Key": settings.renderer_api_key.get_secret_value()},
        timeouts=Timeouts(read=20.0),
    ) as http:
        warming = asyncio.create_task(keep_warm(http, every=WARM_SECONDS))
        renderer = Renderer(http, wait_seconds=settings.renderer_wait_seconds)
        try:
            with provide(Renderer, renderer):
                yield
        finally:
            warming.cancel()
            await asyncio.gather(warming, return_exceptions=True)


module = Module(
    name="pdf_rendering",
    router=router,
    open=open_renderer,
    settings=RendererSettings,
    jobs=(render_pdf,),
)
