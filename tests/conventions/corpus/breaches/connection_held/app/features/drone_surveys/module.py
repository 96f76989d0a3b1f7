"""The parts that drone surveys plug into the service."""

from app.core.module import Module
from app.features.drone_surveys.router import router

module = Module(name="drone_surveys", router=router)
