"""The module of outside_address."""

from app.core.module import Module
from app.features.outside_address.router import router

module = Module(name="outside_address", router=router)
