"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.audit_queries.router import router

module = Module(name="audit_queries", router=router)
