"""The module of translations."""

from app.core.module import Module
from app.features.connection_held_during_call.router import router

module = Module(name="connection_held_during_call", router=router)
