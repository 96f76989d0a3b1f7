"""Errors raised by calls to other services; each has its own status.

    UpstreamUnavailable     503  the circuit breaker is open, or the bulkhead is full
    UpstreamError
    ├─ UpstreamFailed       502  no usable response
    └─ UpstreamTimedOut     504  no response in time

The messages do not name the other service; the log does.
"""

from app.core.errors import AppError, BadGateway, GatewayTimeout, Unavailable


class UpstreamUnavailable(Unavailable):
    """No call is made: a required service fails repeatedly, or too many calls are in flight."""

    code = "upstream_unavailable"
    message = "A required service is unavailable. Retry after the time in Retry-After."


class UpstreamError(AppError):
    """A failed call of another service.

    Attributes:
        upstream: The service's name.
        reason: The status, the kind of error or the exceeded limit; for the log only.
        retry_after: The service's `Retry-After`, in seconds.
        retryable: Whether another attempt could succeed.
    """

    def __init__(
        self,
        upstream: str,
        reason: str,
        *,
        retry_after: float | None = None,
        retryable: bool = True,
    ) -> None:
        """Record the failure; clients get the message of the class only."""
        super().__init__()
        self.upstream = upstream
        self.reason = reason
        self.retry_after = retry_after
        self.retryable = retryable

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.upstream}: {self.reason})"


class UpstreamFailed(UpstreamError, BadGateway):
    """Another service gave no usable response."""

    code = "upstream_failed"


class UpstreamTimedOut(UpstreamError, GatewayTimeout):
    """Another service did not respond in time."""

    code = "upstream_timed_out"


UPSTREAM_ERRORS = (UpstreamUnavailable, UpstreamFailed, UpstreamTimedOut)
"""The errors of a route that calls another service: `responses=errors(*UPSTREAM_ERRORS)`."""
