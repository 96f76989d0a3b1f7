"""The module of this feature."""

from app.core.module import Module
from app.features.session_by_hand.router import router

module = Module(name="session_by_hand", router=router)
