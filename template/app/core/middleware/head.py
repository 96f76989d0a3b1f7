"""Responses to HEAD: those of GET without the body."""

from anyio import CancelScope
from anyio.lowlevel import checkpoint
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadMiddleware:
    """Serves HEAD wherever GET is served."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application.

        Args:
            app: The application, which need not know HEAD.
        """
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a HEAD on as GET, and send the headers of its response."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        as_get = {**scope, "method": "GET"}  # a copy: the server must still see HEAD
        with CancelScope() as streaming:

            async def send_without_body(message: Message) -> None:
                if message["type"] != "http.response.body":
                    await send(message)
                    return
                await send({"type": "http.response.body"})
                if message.get("more_body"):
                    streaming.cancel()  # the rest of a stream need not be read
                    await checkpoint()

            await self.app(as_get, receive, send_without_body)
        scope.update(as_get, method="HEAD")  # the matched route, for the log
