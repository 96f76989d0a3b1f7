"""The parts that the supplier directory plugs into the service."""

from app.core.module import Module
from app.features.supplier_directory.router import router

module = Module(name="supplier_directory", router=router)
