"""The module of outside_html."""

from app.core.module import Module
from app.features.outside_html.router import router

module = Module(name="outside_html", router=router)
