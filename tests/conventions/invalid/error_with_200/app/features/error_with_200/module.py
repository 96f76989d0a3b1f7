"""The module of error_with_200."""

from app.core.module import Module
from app.features.error_with_200.router import router

module = Module(name="error_with_200", router=router)
