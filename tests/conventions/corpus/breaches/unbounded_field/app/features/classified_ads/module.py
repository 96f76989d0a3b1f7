"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.classified_ads.router import router

module = Module(name="classified_ads", router=router)
