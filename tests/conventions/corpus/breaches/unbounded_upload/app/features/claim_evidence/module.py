"""The parts that evidence plugs into the service."""

from app.core.module import Module
from app.features.claim_evidence.router import router

module = Module(name="claim_evidence", router=router)
