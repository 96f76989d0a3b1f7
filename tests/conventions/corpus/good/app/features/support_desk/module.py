"""The module of the support desk."""

from app.core.module import Module
from app.features.support_desk.router import router

module = Module(name="support_desk", router=router)
