"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.court_bookings.router import router

module = Module(name="court_bookings", router=router)
