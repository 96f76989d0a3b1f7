"""The module of outside_path."""

from app.core.module import Module
from app.features.outside_path.router import router

module = Module(name="outside_path", router=router)
