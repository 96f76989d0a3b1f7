"""The module of this feature."""

from app.core.module import Module
from app.features.undocumented_endpoint.router import router

module = Module(name="undocumented_endpoint", router=router)
