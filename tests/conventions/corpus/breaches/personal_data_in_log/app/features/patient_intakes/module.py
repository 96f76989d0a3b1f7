"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.patient_intakes.router import router

module = Module(name="patient_intakes", router=router)
