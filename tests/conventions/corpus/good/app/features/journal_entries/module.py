"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.journal_entries.router import router

module = Module(name="journal_entries", router=router)
