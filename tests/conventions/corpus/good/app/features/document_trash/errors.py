"""Errors of documents."""

from app.core.errors import Conflict, NotFound


class DocumentNotFound(NotFound):
    """The user has no document with this id, or it is in the trash."""

    code = "trashable_document_not_found"
    message = "You have no document with this id. It may be in the trash."


class DocumentApproved(Conflict):
    """An approved document stays."""

    code = "document_approved"
    message = "An approved document cannot be moved to the trash."
