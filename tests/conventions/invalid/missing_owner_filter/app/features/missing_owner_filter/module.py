"""The module of this feature."""

from app.core.module import Module
from app.features.missing_owner_filter.router import router

module = Module(name="missing_owner_filter", router=router)
