"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.ledger_imports.router import router

module = Module(name="ledger_imports", router=router)
