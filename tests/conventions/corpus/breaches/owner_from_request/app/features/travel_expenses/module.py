"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.travel_expenses.router import router

module = Module(name="travel_expenses", router=router)
