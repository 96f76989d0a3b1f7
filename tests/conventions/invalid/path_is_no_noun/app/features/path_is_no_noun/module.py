"""The module of this feature."""

from app.core.module import Module
from app.features.path_is_no_noun.router import router

module = Module(name="path_is_no_noun", router=router)
