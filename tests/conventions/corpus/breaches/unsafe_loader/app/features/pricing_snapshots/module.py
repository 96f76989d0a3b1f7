"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.pricing_snapshots.router import router

module = Module(name="pricing_snapshots", router=router)
