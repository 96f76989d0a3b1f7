"""The parts that this feature plugs into the service."""

from app.core.module import Module
from app.features.help_articles.router import router

module = Module(name="help_articles", router=router)
