"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.plan_overrides.router import router

module = Module(name="plan_overrides", router=router)
