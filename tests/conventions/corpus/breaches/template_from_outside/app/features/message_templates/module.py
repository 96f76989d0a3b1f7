"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.message_templates.router import router

module = Module(name="message_templates", router=router)
