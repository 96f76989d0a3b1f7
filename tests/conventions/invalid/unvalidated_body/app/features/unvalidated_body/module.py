"""The module of this feature."""

from app.core.module import Module
from app.features.unvalidated_body.router import router

module = Module(name="unvalidated_body", router=router)
