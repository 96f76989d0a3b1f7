"""Errors of the connection, sent before a request reaches the application.

MalformedRequest    400    UrlTooLong          414    TooManyConnections  503
RequestTimeout      408    HeadersTooLarge     431
"""

from app.core.errors import AppError, BadRequest, Unavailable


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
