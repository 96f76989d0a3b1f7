"""The module of unlimited_header."""

from app.core.module import Module
from app.features.unlimited_header.router import router

module = Module(name="unlimited_header", router=router)
