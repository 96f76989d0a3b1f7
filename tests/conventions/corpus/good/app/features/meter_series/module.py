"""The module of readings."""

from app.core.module import Module
from app.features.meter_series.router import router
from app.features.meter_series.storing import prune_readings

module = Module(name="meter_series", router=router, purge=prune_readings)
