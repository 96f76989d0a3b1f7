"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.job_postings.router import router

module = Module(name="job_postings", router=router)
