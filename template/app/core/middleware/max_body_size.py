"""Limiting the size of request bodies."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class MaxBodySizeMiddleware:
    """Stops reading a body that is too large, whether its length was announced or not.

    A route that accepts more sets `request.scope["max_body_bytes"]` before it reads.
    """

    def __init__(self, app: ASGIApp, *, limit: int) -> None:
        """Wrap an application.

        Args:
            app: The application to protect.
            limit: The largest body, in bytes.
        """
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with a `receive` that counts bytes."""
        announced = _announced_length(scope) if scope["type"] == "http" else None
        if announced is None:
            await self.app(scope, receive, send)
            return
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            limit = scope.get("max_body_bytes", self.limit)
            if announced > limit:
                raise _body_too_large(limit)
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise _body_too_large(limit)
            return message

        await self.app(scope, receive_within_limit, send)


def _announced_length(scope: Scope) -> int | None:
    """Return the announced length of a body, 0 if it is unknown; `None` if there is no body."""
    headers = dict(reversed(scope["headers"]))  # of two equal names, the first holds
    length = headers.get(b"content-length")
    if length is not None:
        return int(length) if length.isdigit() else 0
    return 0 if headers.get(b"transfer-encoding") else None


def _body_too_large(limit: int) -> HTTPException:
    # An HTTPException, since FastAPI turns any other exception into 400 while it reads a body.
    return HTTPException(413, f"The body is too large; the limit is {limit} bytes.")
