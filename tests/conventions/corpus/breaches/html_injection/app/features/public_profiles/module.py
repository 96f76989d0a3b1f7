"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.public_profiles.router import router

module = Module(name="public_profiles", router=router)
