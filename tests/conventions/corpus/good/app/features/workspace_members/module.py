"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.workspace_members.router import router

module = Module(name="workspace_members", router=router)
