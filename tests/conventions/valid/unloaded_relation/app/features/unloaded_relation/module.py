"""The module of this feature."""

from app.core.module import Module
from app.features.unloaded_relation.router import router

module = Module(name="unloaded_relation", router=router)
