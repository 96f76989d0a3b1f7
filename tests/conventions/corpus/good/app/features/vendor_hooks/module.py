"""The module of the vendors' webhooks."""

from app.core.module import Module
from app.features.vendor_hooks.router import router
from app.features.vendor_hooks.settings import VendorHookSettings

module = Module(name="vendor_hooks", router=router, settings=VendorHookSettings)
