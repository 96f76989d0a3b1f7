"""The module of this feature."""

from app.core.module import Module
from app.features.unserved_router.router import router

module = Module(name="unserved_router", router=router)
