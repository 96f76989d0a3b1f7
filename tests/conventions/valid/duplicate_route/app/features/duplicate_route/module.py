"""The module of duplicate_route."""

from app.core.module import Module
from app.features.duplicate_route.router import router

module = Module(name="duplicate_route", router=router)
