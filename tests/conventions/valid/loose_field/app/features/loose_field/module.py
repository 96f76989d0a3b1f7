"""The module of loose_field."""

from app.core.module import Module
from app.features.loose_field.router import router

module = Module(name="loose_field", router=router)
