"""The module of unbounded_upload."""

from app.core.module import Module
from app.features.unbounded_upload.router import router

module = Module(name="unbounded_upload", router=router)
