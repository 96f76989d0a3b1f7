"""The parts that places plug into the service."""

from app.core.module import Module
from app.features.geo_addresses.router import router
from app.features.geo_addresses.settings import MapSettings

module = Module(name="geo_addresses", router=router, settings=MapSettings)
