"""The module of this feature."""

from app.core.module import Module
from app.features.path_without_version.router import router

module = Module(name="path_without_version", router=router)
