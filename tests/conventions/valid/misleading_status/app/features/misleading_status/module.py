"""The module of this feature."""

from app.core.module import Module
from app.features.misleading_status.router import router

module = Module(name="misleading_status", router=router)
