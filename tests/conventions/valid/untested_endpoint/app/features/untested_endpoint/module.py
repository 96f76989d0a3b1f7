"""The module of untested_endpoint."""

from app.core.module import Module
from app.features.untested_endpoint.router import router

module = Module(name="untested_endpoint", router=router)
