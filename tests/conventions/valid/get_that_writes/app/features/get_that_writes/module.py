"""The module of this feature."""

from app.core.module import Module
from app.features.get_that_writes.router import router

module = Module(name="get_that_writes", router=router)
