"""What this feature plugs into the service."""

from app.core.module import Module
from app.features.unserved_router.router import router

module = Module(name="unserved_router", router=router)
