"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.campaign_links.router import router

module = Module(name="campaign_links", router=router)
