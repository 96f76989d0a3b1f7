"""The module of previews."""

from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.module import Module
from app.core.services import get, provide
from app.features.file_previews.drawing import Drawings
from app.features.file_previews.router import router
from app.features.file_previews.settings import PreviewSettings


@asynccontextmanager
async def open_drawings(_app: FastAPI) -> AsyncIterator[None]:
    """Provide the drawings while the service runs; a process starts with the first one."""
    with ProcessPoolExecutor(max_workers=1) as executor:
        drawings = Drawings(get(PreviewSettings), executor)
        with provide(Drawings, drawings):
            yield


module = Module(name="file_previews", router=router, open=open_drawings, settings=PreviewSettings)
