"""Errors of requests for files.

Forbidden
└─ InvalidSignature       403
NotFound
└─ FileNotFound           404
Conflict
├─ FileNotReady           409
├─ QuotaExceeded          409
├─ StorageFull            409
├─ ClientUploadsDisabled  409
└─ DownloadUrlsDisabled   409
TooManyRequests
└─ TooManyTransfers       429
Unavailable
└─ StoreBusy              503
AppError
├─ LengthRequired         411
├─ FileTooLarge           413
├─ ContentTypeNotAllowed  415
└─ RangeNotSatisfiable    416
"""

from app.core.errors import AppError, Conflict, Forbidden, NotFound, TooManyRequests, Unavailable


class FileNotFound(NotFound):
    """The file does not exist, or belongs to another user."""

    code = "file_not_found"
    message = "You have no file with this id."


class FileNotReady(Conflict):
    """The file has not been uploaded yet."""

    code = "file_not_ready"
    message = "This file is not uploaded yet."


class LengthRequired(AppError):
    """The request has no valid Content-Length."""

    status = 411
    code = "length_required"
    message = "Send the size of the file in Content-Length."


class FileTooLarge(AppError):
    """The file is larger than `BLOB_MAX_FILE_BYTES`."""

    status = 413
    code = "file_too_large"
    message = "The file is too large."


class ContentTypeNotAllowed(AppError):
    """The type of the content is not allowed, or is not the declared one."""

    status = 415
    code = "content_type_not_allowed"
    message = "The type of the file is not allowed, or its content does not match Content-Type."


class QuotaExceeded(Conflict):
    """The file does not fit into the quota of the user."""

    code = "quota_exceeded"
    message = "The file does not fit into your quota. Delete other files first."


class StorageFull(Conflict):
    """The file does not fit into the quota of the service."""

    code = "storage_full"
    message = "The storage of this service is full. Contact its operator."


class ClientUploadsDisabled(Conflict):
    """The store accepts files from this service only."""

    code = "client_uploads_disabled"
    message = "Client uploads are disabled. Upload the file to this service with POST /files."


class DownloadUrlsDisabled(Conflict):
    """The store gives files to this service only."""

    code = "download_urls_disabled"
    message = "Download URLs are disabled. Download the file from this service."


class TooManyTransfers(TooManyRequests):
    """The user has too many uploads and downloads at once."""

    code = "too_many_transfers"
    message = "You have too many uploads and downloads at once. Retry when some have ended."
    retry_after_seconds = 2


class StoreBusy(Unavailable):
    """All users together have too many uploads and downloads at once."""

    code = "store_busy"
    message = "Too many files are being transferred. Retry after the time in Retry-After."


class RangeNotSatisfiable(AppError):
    """The Range header begins after the end of the file."""

    status = 416
    code = "range_not_satisfiable"
    message = "The range begins after the end of the file; Content-Range has its size."


class InvalidSignature(Forbidden):
    """The upload report is not signed by the store."""

    code = "invalid_signature"
    message = "Invalid signature."
