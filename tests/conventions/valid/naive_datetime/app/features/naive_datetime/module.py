"""The module of naive_datetime."""

from app.core.module import Module
from app.features.naive_datetime.router import router

module = Module(name="naive_datetime", router=router)
