"""The module of reports."""

from app.core.module import Module
from app.features.sales_reports.router import router

module = Module(name="sales_reports", router=router)
