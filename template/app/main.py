"""The service, put together. Run it with `uvicorn app.main:create_app --factory`."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import cast

from fastapi import FastAPI
from starlette.middleware import Middleware

from app.about import DESCRIPTION, NAME, VERSION
from app.core.api.exception_handlers import EXCEPTION_HANDLERS
from app.core.api.health import health_router
from app.core.api.openapi import DocumentedFastAPI, add_docs, check_operation_ids, operation_id
from app.core.config import load_settings, settings_of
from app.core.db import open_database
from app.core.db.session import ping_database
from app.core.garbage_collection import tuned_garbage_collection
from app.core.guards.rate_limit import default_limits
from app.core.logging import configure_logging
from app.core.middleware.request_guards import browser_access, request_guards
from app.core.middleware.request_logging import RequestLoggingMiddleware
from app.core.module import Module
from app.core.signing import set_signing_key
from app.features import FEATURES
from app.modules import MODULES
from app.settings import ServiceSettings, Settings


def create_app(*settings: ServiceSettings) -> FastAPI:
    """Put the service together. Nothing is opened before it starts.

    Args:
        settings: For tests; those of other classes are read from the environment.

    Raises:
        ConfigurationError: The settings are not complete; every gap is named.
    """
    modules = (*MODULES, *FEATURES)
    configuration = load_settings(
        (Settings, *(module.settings for module in modules if module.settings)),
        given=settings,
    )
    core = cast("Settings", configuration[Settings])
    app = DocumentedFastAPI(
        title=NAME,
        description=DESCRIPTION,
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        lifespan=_open_in_order(modules),
        dependencies=default_limits(core),
        exception_handlers=EXCEPTION_HANDLERS,
        generate_unique_id_function=operation_id,
    )
    app.state.configuration = configuration
    app.state.modules = modules

    configure_logging(core)
    set_signing_key(core)
    app.user_middleware = [
        *browser_access(core),
        Middleware(RequestLoggingMiddleware, settings=core),
        *request_guards(core),
    ]

    pings = {"database": ping_database} | {m.name: m.ping for m in modules if m.ping}
    app.include_router(
        health_router(
            pings,
            dispensable={m.name for m in modules if not m.is_needed},
            timeout_seconds=core.ready_timeout_seconds,
        )
    )
    for module in modules:
        for router in module.routers:
            app.include_router(router)
    add_docs(app)
    check_operation_ids(app)
    return app


def _open_in_order(
    modules: Sequence[Module],
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Open the database, then each module, then let them run; close them in reverse."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as opened:
            await opened.enter_async_context(open_database(settings_of(app, Settings)))
            for enter in [*(m.open for m in modules), *(m.run for m in modules)]:
                if enter:
                    await opened.enter_async_context(enter(app))
            opened.enter_context(tuned_garbage_collection())
            yield

    return lifespan
