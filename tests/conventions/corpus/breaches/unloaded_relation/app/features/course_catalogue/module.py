"""The parts that the course catalogue plugs into the service."""

from app.core.module import Module
from app.features.course_catalogue.router import router

module = Module(name="course_catalogue", router=router)
