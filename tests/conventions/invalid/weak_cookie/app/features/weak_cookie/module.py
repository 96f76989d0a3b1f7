"""The module of weak_cookie."""

from app.core.module import Module
from app.features.weak_cookie.router import router

module = Module(name="weak_cookie", router=router)
