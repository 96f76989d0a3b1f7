"""The module of this feature."""

from app.core.module import Module
from app.features.answer_outside_envelope.router import router

module = Module(name="answer_outside_envelope", router=router)
