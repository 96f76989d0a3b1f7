"""The module of the search."""

from app.core.module import Module
from app.features.knowledge_search.router import router

module = Module(name="knowledge_search", router=router)
