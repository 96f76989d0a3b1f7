"""The module of this feature."""

from app.core.module import Module
from app.features.unlimited_route.router import router

module = Module(name="unlimited_route", router=router)
