"""The module of the ledger."""

from app.core.module import Module
from app.features.house_ledger.router import router

module = Module(name="house_ledger", router=router)
