"""The module of this feature."""

from app.core.module import Module
from app.features.undeclared_query.router import router

module = Module(name="undeclared_query", router=router)
