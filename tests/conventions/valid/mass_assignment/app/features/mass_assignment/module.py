"""The module of this feature."""

from app.core.module import Module
from app.features.mass_assignment.router import router

module = Module(name="mass_assignment", router=router)
