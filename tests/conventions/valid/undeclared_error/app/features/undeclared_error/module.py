"""The module of this feature."""

from app.core.module import Module
from app.features.undeclared_error.router import router

module = Module(name="undeclared_error", router=router)
