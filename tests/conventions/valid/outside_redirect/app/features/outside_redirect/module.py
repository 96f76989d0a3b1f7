"""The module of outside_redirect."""

from app.core.module import Module
from app.features.outside_redirect.router import router

module = Module(name="outside_redirect", router=router)
