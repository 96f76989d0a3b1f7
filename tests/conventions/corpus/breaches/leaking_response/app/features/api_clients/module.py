"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.api_clients.router import router

module = Module(name="api_clients", router=router)
