"""Services of telemetry."""

from app.core.services import get
from app.features.telemetry_intake.buffer import Intake, Measurement, Recent


async def receive(machine: str, value: float) -> None:
    """Take a measurement in."""
    measurement = Measurement(machine, value)
    get(Intake).take(measurement)
    get(Recent).add(measurement)
