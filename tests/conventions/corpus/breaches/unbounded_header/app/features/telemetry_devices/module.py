"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.telemetry_devices.router import router

module = Module(name="telemetry_devices", router=router)
