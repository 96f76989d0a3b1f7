"""The parts that forecasts plug into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.module import Module
from app.core.services import provide
from app.features.harvest_forecasts.concurrency import Workers
from app.features.harvest_forecasts.router import router


@asynccontextmanager
async def open_workers(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the workers while the service runs."""
    with provide(Workers, Workers()):
        yield


module = Module(name="harvest_forecasts", router=router, open=open_workers)
