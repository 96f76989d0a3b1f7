"""The parts that timesheet exports plug into the service."""

from app.core.module import Module
from app.features.timesheet_downloads.router import router

module = Module(name="timesheet_downloads", router=router)
