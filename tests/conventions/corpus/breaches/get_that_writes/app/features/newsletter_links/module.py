"""The parts that this feature plugs into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.http import HttpClient
from app.core.module import Module
from app.core.services import get, provide
from app.features.newsletter_links.clients import SubscriberList
from app.features.newsletter_links.router import router
from app.features.newsletter_links.settings import SubscriberListSettings


@asynccontextmanager
async def open_subscriber_list(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the client open while the service runs."""
    url = get(SubscriberListSettings).subscriber_list_url
    async with HttpClient("subscriber_list", base_url=url) as client:
        with provide(SubscriberList, SubscriberList(client)):
            yield


module = Module(
    name="newsletter_links",
    router=router,
    open=open_subscriber_list,
    settings=SubscriberListSettings,
)
