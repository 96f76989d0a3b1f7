"""The feature, as it plugs in."""

from app.core.module import Module
from app.features.unlimited_list.router import router

module = Module(name="unlimited_list", router=router)
