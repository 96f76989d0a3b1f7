"""The parts that trial periods plug into the service."""

from app.core.module import Module
from app.features.trial_periods.router import router

module = Module(name="trial_periods", router=router)
