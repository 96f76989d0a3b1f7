"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.report_files.router import router
from app.features.report_files.settings import ReportSettings

module = Module(name="report_files", router=router, settings=ReportSettings)
