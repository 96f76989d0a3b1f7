"""The parts that a folder plugs into the service.

    module = Module(name="notes", router=router, settings=NotesSettings, jobs=(send_digest,))

`app/features/__init__.py` lists yours, `app/modules.py` the template's.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from fastapi import APIRouter, FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from app.settings import ServiceSettings

Opener = Callable[[FastAPI], AbstractAsyncContextManager[object]]


class JobLike(Protocol):
    """A declared job; see `app.core.jobs`."""

    @property
    def name(self) -> str:
        """The name in the queue, the same in every version of the code."""


@dataclass(frozen=True, kw_only=True)
class Module:
    """One feature or integration: `create_app` walks a list of these and wires each in.

    Attributes:
        name: The folder's name, which is also the label of its migrations.
        router: The endpoints, with their full path prefix.
        open: Holds clients and pools open while the service runs; provides them in the registry
            of `app.core.services`. Entered before the first request, left after the last.
        run: Works in the background; entered when every module is open, left before any closes.
        ping: Raises when the module cannot do its work; called by the readiness endpoint.
        required: Whether the service is unready without it; otherwise it is degraded.
        settings: The settings class; loaded and validated together with the core's.
        jobs: The jobs that it declares.
        purge: Deletes some expired rows and returns their number; called by the purge command,
            each time in a transaction, until it returns 0.
        on_address_verified: Called in the transaction that marks a user's address as verified, or
            sets another one.
        on_user_deleted: Called in the transaction that deletes a user, before the row is deleted.
            Changes outside the database belong in a job, enqueued in this session.
    """

    name: str
    router: APIRouter | None = None
    open: Opener | None = None
    run: Opener | None = None
    ping: Callable[[], Awaitable[None]] | None = None
    required: bool = True
    settings: type[ServiceSettings] | None = None
    jobs: tuple[JobLike, ...] = ()
    purge: Callable[[AsyncSession], Awaitable[int]] | None = None
    on_address_verified: Callable[[AsyncSession, UUID], Awaitable[None]] | None = None
    on_user_deleted: Callable[[AsyncSession, UUID], Awaitable[None]] | None = None


class Modules(tuple[Module, ...]):
    """The modules of the running service, in the order in which they are opened."""

    __slots__ = ()
