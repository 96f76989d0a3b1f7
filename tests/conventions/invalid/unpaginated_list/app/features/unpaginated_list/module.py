"""The module of this feature."""

from app.core.module import Module
from app.features.unpaginated_list.router import router

module = Module(name="unpaginated_list", router=router)
