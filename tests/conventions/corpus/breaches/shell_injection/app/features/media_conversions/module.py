"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.media_conversions.router import router

module = Module(name="media_conversions", router=router)
