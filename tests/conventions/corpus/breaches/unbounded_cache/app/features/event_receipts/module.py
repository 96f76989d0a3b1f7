"""The parts that event receipts plug into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.module import Module
from app.core.services import provide
from app.features.event_receipts.receipts import Notes, Receipts


@asynccontextmanager
async def open_receipts(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the receipts while the service runs."""
    with provide(Receipts, Receipts()), provide(Notes, Notes({"acme": "by telephone only"})):
        yield


module = Module(name="event_receipts", open=open_receipts)
