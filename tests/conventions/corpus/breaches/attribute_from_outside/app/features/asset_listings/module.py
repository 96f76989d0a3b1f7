"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.asset_listings.router import router

module = Module(name="asset_listings", router=router)
