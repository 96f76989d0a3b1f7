"""The parts that appointments plug into the service."""

from app.core.module import Module
from app.features.visa_appointments.router import router

module = Module(name="visa_appointments", router=router)
