"""What a folder plugs into the service."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from fastapi import APIRouter, FastAPI

from app.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class Module:
    """One feature or integration: `create_app` walks a list of these and wires each in.

    Attributes:
        name: The folder's name, which is also the label of its migrations.
        routers: Its endpoints, each router with its full path prefix.
        open: What it holds open while the service runs (a client, a pool), entered before the
            first request and left after the last. Read its settings with `settings_of(app, …)`.
        ping: Raises when the module cannot do its work; asked by the readiness endpoint.
        is_needed: Whether the service is not ready without it; else it is degraded, and goes on.
        settings: Its settings class; loaded and checked together with the core's.
    """

    name: str
    routers: tuple[APIRouter, ...] = ()
    open: Callable[[FastAPI], AbstractAsyncContextManager[object]] | None = None
    ping: Callable[[], Awaitable[None]] | None = None
    is_needed: bool = True
    settings: type[ServiceSettings] | None = None
