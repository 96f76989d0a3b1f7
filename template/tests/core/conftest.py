"""Probe tables, apps with probe routes, and a look at what they log."""

import io
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    ExitStack,
    asynccontextmanager,
)
from typing import Any

import httpx2
import orjson
import pytest
import structlog
from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app import main
from app.commands import all_settings
from app.core.config import load_settings
from app.core.db import AsyncSessionLocal, ReadSessionLocal, open_database
from app.core.http import HttpClient
from app.core.http.circuit_breaker import CircuitBreaker
from app.core.logging import configure_logging
from app.core.runtime import provide_core
from app.main import create_app
from app.settings import Environment, Settings
from tests.core.http.upstreams import PATIENT, FakeUpstream, open_upstream
from tests.core.probes import ProbeBase

Serve = Callable[..., httpx2.AsyncClient]
Logged = Callable[[str], list[dict[str, Any]]]
Connect = Callable[..., HttpClient]
Reopen = Callable[..., AbstractAsyncContextManager[AsyncEngine]]


@pytest.fixture
async def tables(database: AsyncConnection | AsyncEngine) -> None:
    """The probe tables, for as long as the test's database or transaction lasts."""
    if isinstance(database, AsyncEngine):
        async with database.begin() as connection:
            await connection.run_sync(ProbeBase.metadata.create_all, checkfirst=False)
    else:
        await database.run_sync(ProbeBase.metadata.create_all, checkfirst=False)


@pytest.fixture
def reopen(settings: Settings) -> Reopen:
    """Open the tests' shared database once more: `async with reopen(setting=…) as engine`."""

    @asynccontextmanager
    async def opened(**changes: Any) -> AsyncIterator[AsyncEngine]:
        factories = (AsyncSessionLocal, ReadSessionLocal)
        before = [dict(factory.kw) for factory in factories]
        try:
            async with open_database(settings.model_copy(update=changes)) as engine:
                yield engine
        finally:
            for factory, options in zip(factories, before, strict=True):
                factory.kw = options

    return opened


@pytest.fixture
def bare_settings() -> Settings:
    """Settings of an app that no test asks for the database; no request is slow by accident."""
    return Settings(environment=Environment.TEST, slow_request_ms=3_600_000, rate_limit="off")


@pytest.fixture
def log_stream(bare_settings: Settings) -> Iterator[io.StringIO]:
    """The stream that receives the log lines of a test."""
    yield io.StringIO()
    configure_logging(bare_settings)


@pytest.fixture
def serve(bare_settings: Settings, log_stream: io.StringIO) -> Iterator[Serve]:
    """Make a client of the real app: `serve(setting=…)`, or `serve(router, setting=…)`.

    With routers of the test's own, the app has these alone: building the routes of every module
    takes longer than most tests.
    """
    provided = ExitStack()

    def make(
        *routers: APIRouter,
        base_url: str = "http://test",
        root_path: str = "",
        raising: bool = False,
        **changes: Any,
    ) -> httpx2.AsyncClient:
        settings = bare_settings.model_copy(update=changes)
        with pytest.MonkeyPatch.context() as patch:
            if routers:
                patch.setattr(main, "MODULES", ())
                patch.setattr(main, "FEATURES", ())
            app = create_app(settings)
        configuration = load_settings([Settings, *all_settings()], given=[settings])
        provided.enter_context(provide_core(configuration))
        for router in routers:
            app.include_router(router)
        log_as_in_production(bare_settings, log_stream)
        transport = httpx2.ASGITransport(app, raising, root_path)
        return httpx2.AsyncClient(transport=transport, base_url=base_url)

    with provided:
        yield make


@pytest.fixture
def logged(bare_settings: Settings, log_stream: io.StringIO) -> Logged:
    """Return the lines that were logged with an event name, as dictionaries."""
    log_as_in_production(bare_settings, log_stream)

    def lines(event: str) -> list[dict[str, Any]]:
        every = [orjson.loads(line) for line in log_stream.getvalue().splitlines()]
        return [line for line in every if line["event"] == event]

    return lines


def log_as_in_production(settings: Settings, stream: io.StringIO) -> None:
    """Write every level as JSON, a line an event."""
    changes = {"environment": Environment.PRODUCTION, "log_level": "DEBUG"}
    configure_logging(settings.model_copy(update=changes), stream=stream)
    structlog.configure(cache_logger_on_first_use=False)  # the next test writes elsewhere


@pytest.fixture
async def upstream() -> AsyncIterator[FakeUpstream]:
    """Another service, which answers as the test says."""
    async with open_upstream() as upstream:
        yield upstream


@pytest.fixture
async def connect(
    upstream: FakeUpstream, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Connect]:
    """Make a client of that service, which hardly pauses between attempts: `connect(option=…)`."""
    monkeypatch.setattr("app.core.http.client.BACKOFF_SECONDS", 0.001)
    async with AsyncExitStack() as clients:

        def make(*, failures: int = 1000, **options: Any) -> HttpClient:
            usual: dict[str, Any] = {
                "base_url": upstream.url,
                "timeouts": PATIENT,
                "deadline": 60,
                "breaker": CircuitBreaker("probe", failures=failures),
            }
            client = HttpClient("probe", **(usual | options))
            clients.push_async_exit(client)
            return client

        yield make
