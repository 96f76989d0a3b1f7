"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.bank_statements.router import router

module = Module(name="bank_statements", router=router)
