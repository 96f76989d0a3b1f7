"""The module of this feature."""

from app.core.module import Module
from app.features.session_not_injected.router import router

module = Module(name="session_not_injected", router=router)
