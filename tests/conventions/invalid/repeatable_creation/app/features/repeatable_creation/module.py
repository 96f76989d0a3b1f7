"""The module of this feature."""

from app.core.module import Module
from app.features.repeatable_creation.router import router

module = Module(name="repeatable_creation", router=router)
