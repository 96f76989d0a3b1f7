"""The module of pages."""

from app.core.module import Module
from app.features.site_pages.router import router

module = Module(name="site_pages", router=router)
