"""What a folder plugs into the service."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from fastapi import APIRouter, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.settings import ServiceSettings

Opener = Callable[[FastAPI], AbstractAsyncContextManager[object]]


class JobLike(Protocol):
    """Work that outlives the request that asks for it."""

    @property
    def name(self) -> str:
        """What it is called where it waits; stays the same in every version of the code."""


@dataclass(frozen=True, kw_only=True)
class Module:
    """One feature or integration: `create_app` walks a list of these and wires each in.

    Attributes:
        name: The folder's name, which is also the label of its migrations.
        routers: Its endpoints, each router with its full path prefix.
        open: What it holds open while the service runs (a client, a pool), entered before the
            first request and left after the last. Read its settings with `settings_of(app, …)`.
        run: What it does in the background meanwhile, entered when every module is open, and left
            before the first one closes.
        ping: Raises when the module cannot do its work; asked by the readiness endpoint.
        is_needed: Whether the service is not ready without it; else it is degraded, and goes on.
        settings: Its settings class; loaded and checked together with the core's.
        jobs: The jobs that it declares.
        purge: Deletes some of what has expired, and returns how many rows that were; called by the
            purge command, each time in a transaction, until there are none.
    """

    name: str
    routers: tuple[APIRouter, ...] = ()
    open: Opener | None = None
    run: Opener | None = None
    ping: Callable[[], Awaitable[None]] | None = None
    is_needed: bool = True
    settings: type[ServiceSettings] | None = None
    jobs: tuple[JobLike, ...] = ()
    purge: Callable[[AsyncSession], Awaitable[int]] | None = None
