"""What this feature plugs into the service."""

from app.core.module import Module
from app.features.missing_owner_filter.router import router

module = Module(name="missing_owner_filter", router=router)
