"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.storefront_sessions.router import router

module = Module(name="storefront_sessions", router=router)
