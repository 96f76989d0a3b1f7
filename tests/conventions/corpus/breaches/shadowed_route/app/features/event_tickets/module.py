"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.event_tickets.router import router

module = Module(name="event_tickets", router=router)
