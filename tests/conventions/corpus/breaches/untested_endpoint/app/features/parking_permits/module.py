"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.parking_permits.router import router

module = Module(name="parking_permits", router=router)
