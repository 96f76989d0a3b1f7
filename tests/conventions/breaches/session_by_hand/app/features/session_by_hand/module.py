"""What this feature plugs into the service."""

from app.core.module import Module
from app.features.session_by_hand.router import router

module = Module(name="session_by_hand", router=router)
