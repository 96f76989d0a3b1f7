"""The parts that rosters plug into the service."""

from app.core.module import Module
from app.features.clinic_rosters.router import router

module = Module(name="clinic_rosters", router=router)
