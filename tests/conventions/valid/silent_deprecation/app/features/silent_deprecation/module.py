"""The module of this feature."""

from app.core.module import Module
from app.features.silent_deprecation.router import router

module = Module(name="silent_deprecation", router=router)
