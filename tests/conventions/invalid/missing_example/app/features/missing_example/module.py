"""The module of this feature."""

from app.core.module import Module
from app.features.missing_example.router import router

module = Module(name="missing_example", router=router)
