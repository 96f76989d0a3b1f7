"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.market_data.router import router

module = Module(name="market_data", router=router)
