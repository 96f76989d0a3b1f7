"""The module of exports."""

from app.core.module import Module
from app.features.revenue_exports.router import router

module = Module(name="revenue_exports", router=router)
