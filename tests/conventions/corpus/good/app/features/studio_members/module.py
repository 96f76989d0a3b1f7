"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.studio_members.router import router

module = Module(name="studio_members", router=router)
