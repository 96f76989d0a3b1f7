"""What can go wrong with files."""

from app.core.errors import AppError, Conflict, Forbidden, NotFound


class FileNotFound(NotFound):
    """There is no such file, or it is not the caller's."""

    code = "file_not_found"
    message = "You have no file with this id."


class FileNotReady(Conflict):
    """The file has not been uploaded yet."""

    code = "file_not_ready"
    message = "This file is not uploaded yet."


class LengthRequired(AppError):
    """The request does not say how large the file is."""

    status = 411
    code = "length_required"
    message = "Say how large the file is, with Content-Length."


class FileTooLarge(AppError):
    """The file is larger than a file may be."""

    status = 413
    code = "file_too_large"
    message = "The file is too large."


class ContentTypeNotAllowed(AppError):
    """The content is of a type that is not taken, or not of the type it is said to be."""

    status = 415
    code = "content_type_not_allowed"
    message = (
        "The content of the file is not of a type that is taken, or not what it is said to be."
    )


class QuotaExceeded(Conflict):
    """The user has no room left for the file."""

    code = "quota_exceeded"
    message = "You have no room left for this file. Delete others first."


class StorageFull(Conflict):
    """The service has no room left for the file."""

    code = "storage_full"
    message = "There is no room left for files. Ask whoever runs this service."


class ClientUploadsDisabled(Conflict):
    """The store takes files from this service only."""

    code = "client_uploads_disabled"
    message = "Upload the file to this service: its store takes none from clients."


class InvalidSignature(Forbidden):
    """The report is not signed by the store."""

    code = "invalid_signature"
    message = "The signature does not fit."
