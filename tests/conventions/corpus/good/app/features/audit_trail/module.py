"""The module of the audit."""

from app.core.module import Module
from app.features.audit_trail.router import router

module = Module(name="audit_trail", router=router)
