"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.support_tickets.jobs import report_open_tickets
from app.features.support_tickets.router import router

module = Module(name="support_tickets", router=router, jobs=(report_open_tickets,))
