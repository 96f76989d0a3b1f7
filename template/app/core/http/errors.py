"""What can go wrong with another service; each is answered with its own status."""

from app.core.errors import AppError, BadGateway, GatewayTimeout, Unavailable


class UpstreamUnavailable(Unavailable):
    """A service that this one needs keeps failing, and is not asked for the moment."""

    code = "upstream_unavailable"
    message = "A service that this one needs keeps failing. Try again as Retry-After says."


class UpstreamError(AppError):
    """What went wrong with another service.

    Attributes:
        upstream: The service's name.
        reason: For the log: the status, the kind of error, or the limit that was reached.
        retry_after: The seconds that the service asked to wait, if it did.
        may_pass: Whether another attempt could go better.
    """

    def __init__(
        self,
        upstream: str,
        reason: str,
        *,
        retry_after: float | None = None,
        may_pass: bool = True,
    ) -> None:
        """Say what happened; whoever called this service is not told."""
        super().__init__()
        self.upstream = upstream
        self.reason = reason
        self.retry_after = retry_after
        self.may_pass = may_pass

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.upstream}: {self.reason})"


class UpstreamFailed(UpstreamError, BadGateway):
    """A service that this one needs gave no usable answer."""

    code = "upstream_failed"


class UpstreamTimedOut(UpstreamError, GatewayTimeout):
    """A service that this one needs gave no answer in time."""

    code = "upstream_timed_out"


UPSTREAM_ERRORS = (UpstreamUnavailable, UpstreamFailed, UpstreamTimedOut)
"""For the declaration of a route that calls another service: `errors(*UPSTREAM_ERRORS)`."""
