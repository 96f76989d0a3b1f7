"""The module of access keys."""

from app.core.module import Module
from app.features.access_keys.router import router

module = Module(name="access_keys", router=router)
