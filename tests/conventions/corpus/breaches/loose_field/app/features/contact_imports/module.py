"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.contact_imports.router import router

module = Module(name="contact_imports", router=router)
