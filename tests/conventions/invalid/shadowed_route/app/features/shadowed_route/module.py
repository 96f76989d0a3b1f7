"""The module of shadowed_route."""

from app.core.module import Module
from app.features.shadowed_route.router import router

module = Module(name="shadowed_route", router=router)
