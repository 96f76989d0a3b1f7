"""The service, assembled. Run it with `uvicorn app.main:create_app --factory`."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from fastapi import Depends, FastAPI

from app.about import DESCRIPTION, NAME, VERSION
from app.accounts.dependencies import require_role
from app.accounts.models import Role
from app.core.api.application import Application, add_docs, check_operation_ids, operation_id
from app.core.api.exception_handlers import EXCEPTION_HANDLERS
from app.core.api.health import health_router
from app.core.config import Configuration, load_settings
from app.core.db.revisions import check_database
from app.core.garbage_collection import tuned_garbage_collection
from app.core.guards.rate_limit import counting_rejections, default_limits
from app.core.logging import configure_logging
from app.core.middleware import build_middleware
from app.core.module import Modules
from app.core.runtime import open_core
from app.core.services import provide
from app.features import FEATURES
from app.modules import MODULES
from app.settings import ServiceSettings, Settings


def create_app(*settings: ServiceSettings) -> FastAPI:
    """Assemble the service. Nothing is opened before it starts.

    Args:
        settings: Instances for tests; the other classes are loaded from the environment.

    Raises:
        ConfigurationError: Settings are missing or invalid; all of them are named.
    """
    modules = Modules((*MODULES, *FEATURES))
    configuration = load_settings(
        (Settings, *(module.settings for module in modules if module.settings)),
        given=settings,
    )
    core = configuration.of(Settings)
    configure_logging(core)
    app = Application(
        title=NAME,
        description=DESCRIPTION,
        version=VERSION,
        openapi_url=None,
        lifespan=_lifespan(configuration, modules),
        dependencies=default_limits(core),
        exception_handlers=counting_rejections(EXCEPTION_HANDLERS),
        generate_unique_id_function=operation_id,
    )
    app.user_middleware = build_middleware(core)
    app.include_router(
        health_router(
            {"database": check_database} | {m.name: m.ping for m in modules if m.ping},
            optional={m.name for m in modules if not m.required},
            timeout_seconds=core.ready_timeout_seconds,
        )
    )
    for module in modules:
        if module.router:
            app.include_router(module.router)
    add_docs(app, core, admin=Depends(require_role(Role.ADMIN)))
    check_operation_ids(app)
    return app


def _lifespan(
    configuration: Configuration, modules: Modules
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Open the core, then each module, then run them; close all of it in reverse."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(open_core(configuration))
            stack.enter_context(provide(Modules, modules))
            for enter in [*(m.open for m in modules), *(m.run for m in modules)]:
                if enter:
                    await stack.enter_async_context(enter(app))
            stack.enter_context(tuned_garbage_collection())
            yield

    return lifespan
