"""The feature, as it plugs in."""

from app.core.module import Module
from app.features.open_write.router import router

module = Module(name="open_write", router=router)
