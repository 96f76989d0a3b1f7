"""The part of a process that is open before any module: settings, database, default backends.

A command runs in it:

    async def expire_invitations() -> int:
        async with AsyncSessionLocal.begin() as session:
            ...

    sys.exit(run_command(expire_invitations, InvitationSettings))
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import TypeVar

from app.core.cache import CacheBackend, InMemoryCacheBackend
from app.core.config import Configuration, load_settings
from app.core.db.session import open_database
from app.core.errors import AppError
from app.core.guards.locks import LockBackend, PostgresLockBackend
from app.core.guards.rate_limit import InMemoryRateLimitBackend, RateLimitBackend
from app.core.jobs.notify import JobNotifier
from app.core.logging import configure_logging
from app.core.services import provide
from app.settings import ServiceSettings, Settings

T = TypeVar("T")


@asynccontextmanager
async def open_core(configuration: Configuration) -> AsyncIterator[None]:
    """Provide the settings and the default backends, and bind the session factories.

    Args:
        configuration: The settings by class; those of the core among them.
    """
    with provide_core(configuration):
        async with open_database(configuration.of(Settings)):
            yield


@contextmanager
def provide_core(configuration: Configuration) -> Iterator[None]:
    """Provide the settings and the default backends, without a database."""
    with ExitStack() as provided:
        for kind, settings in configuration.items():
            provided.enter_context(provide(kind, settings))
        counters = InMemoryRateLimitBackend()
        provided.enter_context(provide(InMemoryRateLimitBackend, counters))
        provided.enter_context(provide(RateLimitBackend, counters))
        provided.enter_context(provide(LockBackend, PostgresLockBackend()))
        provided.enter_context(provide(CacheBackend, InMemoryCacheBackend()))
        provided.enter_context(provide(JobNotifier, JobNotifier()))
        yield


def run_command(
    work: Callable[[], Awaitable[T]],
    *settings: type[ServiceSettings],
    optional: Iterable[type[ServiceSettings]] = (),
) -> T:
    """Run a command to its end with the settings of the environment.

    Args:
        work: The command; settings and backends are provided while it runs.
        settings: The settings classes it needs besides those of the core.
        optional: Settings classes that it reads, and whose missing values do not matter to it.

    Returns:
        The result of the command.

    Raises:
        ConfigurationError: Settings are missing or invalid.
        SystemExit: The command has failed with an `AppError`, such as that of a service which
            cannot be reached. The message names it in place of a traceback.
    """
    configuration = load_settings([Settings, *settings])
    configuration |= {kind: kind() for kind in optional}
    configure_logging(configuration.of(Settings))

    async def run() -> T:
        async with open_core(configuration):
            return await work()

    try:
        return asyncio.run(run())
    except AppError as error:
        sys.exit(f"Stopped: {error!r}. Run the command again once that is fixed.")
