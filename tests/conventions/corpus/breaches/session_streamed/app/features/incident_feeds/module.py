"""The parts that incident feeds plug into the service."""

from app.core.module import Module
from app.features.incident_feeds.router import router

module = Module(name="incident_feeds", router=router)
