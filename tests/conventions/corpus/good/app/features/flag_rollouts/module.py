"""The module of flags."""

from app.core.module import Module
from app.features.flag_rollouts.router import router

module = Module(name="flag_rollouts", router=router)
