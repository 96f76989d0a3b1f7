"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.intake_forms.router import router

module = Module(name="intake_forms", router=router)
