"""The feature, as it plugs in."""

from app.core.module import Module
from app.features.repeatable_creation.router import router

module = Module(name="repeatable_creation", router=router)
