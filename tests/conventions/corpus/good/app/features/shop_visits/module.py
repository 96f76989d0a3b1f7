"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.shop_visits.router import router

module = Module(name="shop_visits", router=router)
