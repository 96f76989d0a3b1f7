"""Errors of the connection, sent before a request reaches the application.

MalformedRequest    400    UrlTooLong          414    TooManyConnections  503
RequestTimeout      408    HeadersTooLarge     431
"""

from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from app.core.api.exception_handlers import error_response
from app.core.errors import AppError, BadRequest, Unavailable
from app.core.middleware.security_headers import security_headers


class MalformedRequest(BadRequest):
    """The bytes are not an HTTP request."""

    code = "malformed_request"
    message = "The request is not valid HTTP/1.1."


class RequestTimeout(AppError):
    """The client sends its request too slowly."""

    status = 408
    code = "request_timeout"
    message = "The request did not arrive in time. Send it again."


class UrlTooLong(AppError):
    """The URL exceeds the limit."""

    status = 414
    code = "url_too_long"
    message = "The URL is too long. Send long values in the body."


class HeadersTooLarge(AppError):
    """The headers exceed a limit."""

    status = 431
    code = "headers_too_large"
    message = "The headers are too large or too many. Send fewer."


class TooManyConnections(Unavailable):
    """All connections are used, or all of the client's address."""

    code = "too_many_connections"
    message = "There are too many connections. Retry after the time in Retry-After."


def encode_error(error: AppError, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Return the bytes of a response that ends its connection.

    Args:
        error: The error, which is sent in the error envelope.
        headers: Further headers, such as the date.
    """
    response = error_response(error)
    every = [*headers, *response.raw_headers, *security_headers(scheme="http")]
    lines = [b"%b: %b\r\n" % header for header in [*every, (b"connection", b"close")]]
    return b"".join([STATUS_LINE[error.status], *lines, b"\r\n", response.body])
