"""What a service function raises when it cannot do what was asked.

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

Subclass the nearest one in your feature and give it a `code` of its own: clients branch on the
code, people read the message. Say what was wrong and what to do, and nothing of the inside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class ErrorDetail:
    """One part of what was wrong.

    Attributes:
        field: Where in the request, as in `body.candles.3.open`; `None` if it is no single place.
        code: Stable and machine-readable.
        message: For a person.
    """

    field: str | None = None
    code: str
    message: str


class AppError(Exception):
    """An expected failure, answered with the error envelope.

    Attributes:
        status: The HTTP status of the answer.
        code: Stable and machine-readable.
        message: What was wrong and what to do.
        details: The parts, where there are several.
        headers: Further headers of the answer.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    message: str = "Something went wrong on our side."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Sequence[ErrorDetail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Fill in what differs from the class.

        Args:
            message: Replaces the class's message.
            details: The parts, where there are several.
            headers: Further headers of the answer.
        """
        if message is not None:
            self.message = message
        self.details = tuple(details)
        self.headers = dict(headers or {})
        super().__init__(self.message)


class BadRequest(AppError):
    """The request makes no sense, whatever the state of the service."""

    status = 400
    code = "bad_request"
    message = "The request is not valid."


class Unauthorized(AppError):
    """It is not known who asks."""

    status = 401
    code = "unauthorized"
    message = "Log in first."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Sequence[ErrorDetail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Fill in what differs from the class; `WWW-Authenticate` is set unless it is given."""
        scheme = {"WWW-Authenticate": "Bearer"}
        super().__init__(message, details=details, headers=scheme | dict(headers or {}))


class Forbidden(AppError):
    """It is known who asks, and they may not."""

    status = 403
    code = "forbidden"
    message = "You may not do this."


class NotFound(AppError):
    """What the request names does not exist, or is not the caller's to see."""

    status = 404
    code = "not_found"
    message = "There is no such thing here."


class Conflict(AppError):
    """The request is fine, but not in the present state."""

    status = 409
    code = "conflict"
    message = "This is not possible in the present state."


class PreconditionFailed(AppError):
    """The thing has changed since the caller last read it."""

    status = 412
    code = "precondition_failed"
    message = "This has changed since you read it. Read it again, then repeat the change."


class Unprocessable(AppError):
    """The request has the right form but values that cannot be."""

    status = 422
    code = "unprocessable"
    message = "The request has values that cannot be."


class PreconditionRequired(AppError):
    """The caller does not say which state of the thing the change is meant for."""

    status = 428
    code = "precondition_required"
    message = "Send If-Match with the ETag that you last read, or * to change it in any state."


class TooManyRequests(AppError):
    """The caller has to slow down."""

    status = 429
    code = "too_many_requests"
    message = "Too many requests. Wait as long as Retry-After says."


class BadGateway(AppError):
    """Another service that this one asked did not give a usable answer."""

    status = 502
    code = "bad_gateway"
    message = "A service that this one needs did not answer as it should. Try again later."


class Unavailable(AppError):
    """Something that the service needs is away for the moment."""

    status = 503
    code = "unavailable"
    message = "The service cannot answer just now. Try again as Retry-After says."
    retry_after_seconds: ClassVar[int] = 2

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Sequence[ErrorDetail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Fill in what differs from the class; `Retry-After` is set unless it is given."""
        retry = {"Retry-After": str(self.retry_after_seconds)}
        super().__init__(message, details=details, headers=retry | dict(headers or {}))


class TimedOut(Unavailable):
    """Something took longer than it may."""

    code = "timed_out"
    message = "This took too long and was given up. Try again as Retry-After says."


class GatewayTimeout(AppError):
    """Another service that this one asked took longer than it may."""

    status = 504
    code = "gateway_timeout"
    message = "A service that this one needs took too long to answer. Try again later."
