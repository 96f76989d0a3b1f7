"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.document_exchange.router import router
from app.features.document_exchange.settings import ExchangeSettings

module = Module(name="document_exchange", router=router, settings=ExchangeSettings)
