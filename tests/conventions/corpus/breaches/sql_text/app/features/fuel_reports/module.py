"""The parts that fuel reports plug into the service."""

from app.core.module import Module
from app.features.fuel_reports.router import router

module = Module(name="fuel_reports", router=router)
