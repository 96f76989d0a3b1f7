"""The module of this feature."""

from app.core.module import Module
from app.features.unlimited_value.router import router

module = Module(name="unlimited_value", router=router)
