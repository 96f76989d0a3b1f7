"""The feature, as it plugs in."""

from app.core.module import Module
from app.features.mass_assignment.router import router

module = Module(name="mass_assignment", router=router)
