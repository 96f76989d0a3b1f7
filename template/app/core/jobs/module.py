"""What jobs plug into the service."""

from app.core.jobs import models
from app.core.jobs.settings import JobSettings
from app.core.module import Module

__all__ = ["models", "module"]

module = Module(name="jobs", settings=JobSettings)
