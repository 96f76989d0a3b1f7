"""The parts that commission plans plug into the service."""

from app.core.module import Module
from app.features.commission_plans.router import router

module = Module(name="commission_plans", router=router)
