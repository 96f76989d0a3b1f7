"""The parts that retention plugs into the service."""

from app.core.module import Module
from app.features.retention_windows.service import delete_old
from app.features.retention_windows.settings import RetentionSettings

module = Module(name="retention_windows", settings=RetentionSettings, purge=delete_old)
