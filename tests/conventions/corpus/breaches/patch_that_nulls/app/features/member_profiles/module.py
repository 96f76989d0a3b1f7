"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.member_profiles.router import router

module = Module(name="member_profiles", router=router)
