"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.license_keys.router import router

module = Module(name="license_keys", router=router)
