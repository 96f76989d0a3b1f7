"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.vendor_accounts.router import router

module = Module(name="vendor_accounts", router=router)
