"""The module of this feature."""

from app.core.module import Module
from app.features.write_in_read_session.router import router

module = Module(name="write_in_read_session", router=router)
