"""The module of meeting rooms."""

from app.core.module import Module
from app.features.meeting_rooms.router import router

module = Module(name="meeting_rooms", router=router)
