"""The module of this feature."""

from app.core.module import Module
from app.features.unlimited_list.router import router

module = Module(name="unlimited_list", router=router)
