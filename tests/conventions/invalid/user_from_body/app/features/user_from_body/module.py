"""The module of this feature."""

from app.core.module import Module
from app.features.user_from_body.router import router

module = Module(name="user_from_body", router=router)
