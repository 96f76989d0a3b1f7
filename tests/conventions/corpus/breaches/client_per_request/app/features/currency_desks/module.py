"""The parts that currency desks plug into the service."""

from app.core.module import Module
from app.features.currency_desks.router import router
from app.features.currency_desks.settings import CentralBankSettings

module = Module(name="currency_desks", router=router, settings=CentralBankSettings)
