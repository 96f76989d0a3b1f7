"""The module of the feed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from app.core.module import Module
from app.core.services import get, provide
from app.features.shop_event_feed.feed import Feed, watch
from app.features.shop_event_feed.router import router

WATCH_SECONDS = 60.0


@asynccontextmanager
async def open_feed(_app: FastAPI) -> AsyncIterator[None]:
    """Provide the feed of this process."""
    with provide(Feed, Feed()):
        yield


@asynccontextmanager
async def run_watch(_app: FastAPI) -> AsyncIterator[None]:
    """Watch the feed in the background; the task is cancelled and awaited at the end."""
    stopped = asyncio.Event()
    watching = asyncio.create_task(watch(get(Feed), WATCH_SECONDS, stopped))
    try:
        yield
    finally:
        stopped.set()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching


module = Module(name="shop_event_feed", router=router, open=open_feed, run=run_watch)
