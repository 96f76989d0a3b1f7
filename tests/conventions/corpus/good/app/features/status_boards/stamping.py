"""A pure ASGI middleware of the board's own sub-application."""

from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_board: ContextVar[str] = ContextVar("status_board", default="main")


class StampMiddleware:
    """Adds the name of the board to each response."""

    def __init__(self, app: ASGIApp, *, name: str) -> None:
        """Wrap an application."""
        self._app = app
        self._name = name
        self._header = (b"x-status-board", name.encode("latin-1"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_stamped(message: Message) -> None:
            if message["type"] == "http.response.start":
                _headers(message).append(self._header)
            await send(message)

        reset = _board.set(self._name)
        try:
            await self._app(scope, receive, send_stamped)
        finally:
            _board.reset(reset)


def _headers(message: MutableMapping[str, Any]) -> list[tuple[bytes, bytes]]:
    headers: list[tuple[bytes, bytes]] = message.setdefault("headers", [])
    return headers


def current_board() -> str:
    """Return the name of the board that serves the request."""
    return _board.get()
