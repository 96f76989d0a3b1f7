"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.access_tokens.router import router

module = Module(name="access_tokens", router=router)
