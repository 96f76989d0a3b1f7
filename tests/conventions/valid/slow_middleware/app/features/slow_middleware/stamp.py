"""A middleware."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Stamp:
    """Passes every request on."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        await self.app(scope, receive, send)
