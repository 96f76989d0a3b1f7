"""The module of this feature."""

from app.core.module import Module
from app.features.leaking_answer.router import router

module = Module(name="leaking_answer", router=router)
