"""Errors that service functions raise for clients.

    AppError
    ├─ BadRequest            400
    ├─ Unauthorized          401
    ├─ Forbidden             403
    ├─ NotFound              404
    ├─ Conflict              409
    ├─ PreconditionFailed    412
    ├─ Unprocessable         422
    ├─ PreconditionRequired  428
    ├─ TooManyRequests       429
    ├─ BadGateway            502
    ├─ Unavailable           503
    │  └─ TimedOut           503
    └─ GatewayTimeout        504

Subclass the nearest one in your feature, with a `code` of its own: clients branch on the code,
people read the message. State the problem and its fix, without internals.

    class NoteNotFound(NotFound):
        code = "note_not_found"
        message = "The note does not exist."

A service function raises it, and the route declares `responses=errors(NoteNotFound)`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class ErrorDetail:
    """One of several reasons of an error.

    Attributes:
        field: The invalid field, such as `body.candles.3.open`; `None` if it is no single one.
        code: A stable, machine-readable code.
        message: An explanation for people.
    """

    field: str | None = None
    code: str
    message: str


class AppError(Exception):
    """An expected failure, sent to the client in the error envelope.

    Attributes:
        status: The HTTP status of the response.
        code: A stable, machine-readable code.
        message: The reason, and the way to fix the request.
        details: The reasons, if there are several.
        headers: Additional headers of the response.
        default_headers: Headers of every such response, unless replaced.
        retry_after_seconds: The value of `Retry-After`, unless replaced.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    message: str = "An unexpected error occurred. Retry later, or report it with the request_id."
    default_headers: ClassVar[Mapping[str, str]] = {}
    retry_after_seconds: ClassVar[int | None] = None

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Sequence[ErrorDetail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Create the error.

        Args:
            message: Replaces the class's message.
            details: The reasons, if there are several.
            headers: Additional headers of the response.
        """
        if message is not None:
            self.message = message
        self.details = tuple(details)
        self.headers = {**self.default_headers, **(headers or {})}
        if self.retry_after_seconds is not None:
            self.headers.setdefault("Retry-After", str(self.retry_after_seconds))
        super().__init__(self.message)


class BadRequest(AppError):
    """The request is malformed."""

    status = 400
    code = "bad_request"
    message = "The request is invalid."


class Unauthorized(AppError):
    """The request is not authenticated."""

    status = 401
    code = "unauthorized"
    message = "Authentication is required."
    default_headers = {"WWW-Authenticate": "Bearer"}  # noqa: RUF012 - a ClassVar of the base


class Forbidden(AppError):
    """The authenticated user lacks the permission."""

    status = 403
    code = "forbidden"
    message = "You do not have permission for this action."


class NotFound(AppError):
    """The record does not exist, or the caller may not see it."""

    status = 404
    code = "not_found"
    message = "The resource does not exist."


class Conflict(AppError):
    """The request is valid but conflicts with the current state."""

    status = 409
    code = "conflict"
    message = "The request conflicts with the current state of the resource."


class PreconditionFailed(AppError):
    """The record has changed since the caller read it."""

    status = 412
    code = "precondition_failed"
    message = "The resource has changed since you read it. Read it again and retry the change."


class Unprocessable(AppError):
    """The request is well-formed but has invalid values."""

    status = 422
    code = "unprocessable"
    message = "The request has invalid values."


class PreconditionRequired(AppError):
    """The request to change a record has no `If-Match` header."""

    status = 428
    code = "precondition_required"
    message = "Send If-Match with the ETag that you last read, or with * for any version."


class TooManyRequests(AppError):
    """The caller exceeds a rate limit."""

    status = 429
    code = "too_many_requests"
    message = "Too many requests. Retry after the time in Retry-After."


class BadGateway(AppError):
    """Another service gave no usable response."""

    status = 502
    code = "bad_gateway"
    message = "A required service returned an invalid response. Retry later."


class Unavailable(AppError):
    """The service, or a dependency of it, is temporarily unavailable."""

    status = 503
    code = "unavailable"
    message = "The service is temporarily unavailable. Retry after the time in Retry-After."
    retry_after_seconds = 2


class TimedOut(Unavailable):
    """The request exceeded a time limit."""

    code = "timed_out"
    message = "The request took too long. Retry after the time in Retry-After."


class GatewayTimeout(AppError):
    """Another service did not respond in time."""

    status = 504
    code = "gateway_timeout"
    message = "A required service did not respond in time. Retry later."
