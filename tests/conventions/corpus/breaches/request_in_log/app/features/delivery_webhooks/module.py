"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.delivery_webhooks.router import router

module = Module(name="delivery_webhooks", router=router)
