"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.partner_hooks.router import router
from app.features.partner_hooks.settings import PartnerHookSettings

module = Module(name="partner_hooks", router=router, settings=PartnerHookSettings)
