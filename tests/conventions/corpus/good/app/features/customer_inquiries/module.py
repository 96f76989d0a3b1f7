"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.customer_inquiries.jobs import report_open_inquiries
from app.features.customer_inquiries.router import router

module = Module(name="customer_inquiries", router=router, jobs=(report_open_inquiries,))
