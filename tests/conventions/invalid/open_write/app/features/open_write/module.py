"""The module of this feature."""

from app.core.module import Module
from app.features.open_write.router import router

module = Module(name="open_write", router=router)
