"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.log_books.router import router

module = Module(name="log_books", router=router)
