"""The module of documents."""

from app.core.module import Module
from app.features.document_trash.router import router
from app.features.document_trash.service import purge_trash

module = Module(name="document_trash", router=router, purge=purge_trash)
