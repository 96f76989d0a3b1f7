"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.reading_lists.router import router

module = Module(name="reading_lists", router=router)
