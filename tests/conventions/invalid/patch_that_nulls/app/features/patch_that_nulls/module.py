"""The module of patch_that_nulls."""

from app.core.module import Module
from app.features.patch_that_nulls.router import router

module = Module(name="patch_that_nulls", router=router)
