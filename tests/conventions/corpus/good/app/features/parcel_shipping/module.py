"""The module of shipping."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from app.core.module import Module
from app.core.services import find, get, provide
from app.features.parcel_shipping.counters import ParcelCounters
from app.features.parcel_shipping.labels import BucketLabels, open_labels
from app.features.parcel_shipping.settings import ShippingSettings
from app.integrations.redis.connection import RedisConnection


@asynccontextmanager
async def open_shipping(_app: FastAPI) -> AsyncIterator[None]:
    """Provide labels and counters, as far as their services are set up."""
    settings = get(ShippingSettings)
    async with AsyncExitStack() as stack:
        if settings.label_access_key is not None:
            labels = await open_labels(stack, settings)
            stack.enter_context(provide(BucketLabels, labels))
        if connection := find(RedisConnection):
            stack.enter_context(provide(ParcelCounters, ParcelCounters(connection)))
        yield


module = Module(name="parcel_shipping", open=open_shipping, settings=ShippingSettings)
