"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.addon_catalogue.router import router

module = Module(name="addon_catalogue", router=router)
