"""The module of dropped_role."""

from app.core.module import Module
from app.features.dropped_role.router import router

module = Module(name="dropped_role", router=router)
