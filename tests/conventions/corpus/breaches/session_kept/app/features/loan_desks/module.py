"""The parts that loan desks plug into the service."""

from app.core.module import Module
from app.features.loan_desks.router import router

module = Module(name="loan_desks", router=router)
