"""The parts that telemetry plugs into the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.core.module import Module
from app.core.services import provide
from app.features.telemetry_intake.buffer import Intake, Recent


@asynccontextmanager
async def open_intake(_app: FastAPI) -> AsyncIterator[None]:
    """Hold the buffers while the service runs."""
    with provide(Intake, Intake()), provide(Recent, Recent()):
        yield


module = Module(name="telemetry_intake", open=open_intake)
