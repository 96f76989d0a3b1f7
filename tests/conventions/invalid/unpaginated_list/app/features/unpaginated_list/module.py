"""The feature, as it plugs in."""

from app.core.module import Module
from app.features.unpaginated_list.router import router

module = Module(name="unpaginated_list", router=router)
