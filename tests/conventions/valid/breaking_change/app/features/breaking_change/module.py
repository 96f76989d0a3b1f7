"""The module of this feature."""

from app.core.module import Module
from app.features.breaking_change.router import router

module = Module(name="breaking_change", router=router)
