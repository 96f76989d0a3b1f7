"""The parts that the stock watch plugs into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.db import AsyncSessionLocal
from app.core.module import Module
from app.core.services import provide
from app.features.stock_watch.watch import StockWatch


@asynccontextmanager
async def open_watch(app: FastAPI) -> AsyncIterator[None]:
    """Hold the watch, and a session for its reports, while the service runs."""
    async with AsyncSessionLocal() as session:  # breach: session-kept
        app.state.report_session = session
        with provide(StockWatch, StockWatch()):
            yield


module = Module(name="stock_watch", open=open_watch)
