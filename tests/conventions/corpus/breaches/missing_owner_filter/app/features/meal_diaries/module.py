"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.meal_diaries.router import router

module = Module(name="meal_diaries", router=router)
