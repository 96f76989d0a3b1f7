"""The module of this feature."""

from app.core.module import Module
from app.features.sync_endpoint.router import router

module = Module(name="sync_endpoint", router=router)
