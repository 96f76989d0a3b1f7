"""Errors of imports."""

from app.core.errors import Conflict, NotFound, Unprocessable


class FileImported(Conflict):
    """The same file was imported before."""

    code = "customer_file_imported"
    message = "This file was imported already. Change it, or look at the earlier import."


class FileTooLong(Unprocessable):
    """The file is longer than an import may be."""

    code = "customer_file_too_long"
    message = "The file is longer than 5 MB. Divide it."


class CustomerImportNotFound(NotFound):
    """The user has no import with this id."""

    code = "customer_import_not_found"
    message = "You have no import with this id."
