"""Is the process alive, and can it do its work? Asked by load balancers every few seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Literal

import structlog
from fastapi import Depends
from pydantic import Field

from app.core.api.envelope import DataResponse, Envelope
from app.core.api.openapi import errors
from app.core.api.routing import Router
from app.core.api.schemas import ResponseModel
from app.core.errors import ErrorDetail, Unavailable
from app.core.guards.rate_limit import NoRateLimit
from app.core.middleware.request_logging import log_sample

Ping = Callable[[], Awaitable[None]]

log = structlog.get_logger()


class NotReady(Unavailable):
    """Something that the service needs does not answer."""

    code = "not_ready"
    message = "The service cannot do its work just now; see details."


class Health(ResponseModel):
    """What the service says of itself."""

    status: Literal["ok", "degraded"] = Field(examples=["ok"])
    checks: list[str] = Field(description="What was asked and answered.", examples=[["database"]])
    away: list[str] = Field(
        description="What does not answer, though the service goes on without it.", examples=[[]]
    )


def health_router(
    pings: Mapping[str, Ping],
    *,
    dispensable: AbstractSet[str] = frozenset(),
    timeout_seconds: float,
) -> Router:
    """Return the two health endpoints.

    Args:
        pings: What readiness depends on, by name. A ping raises when its thing is away.
        dispensable: The names of those without which the service goes on, degraded.
        timeout_seconds: How long one ping may take; all run at the same time.
    """
    router = Router(prefix="/health", tags=["health"], dependencies=[Depends(NoRateLimit())])

    @router.get("/live", response_model=Envelope[Health])
    @log_sample(0)
    async def read_liveness() -> DataResponse[Health]:
        """Say that the process runs. A failure means: restart it."""
        return DataResponse(Health(status="ok", checks=[], away=[]))

    @router.get("/ready", response_model=Envelope[Health], responses=errors(NotReady))
    @log_sample(0)
    async def read_readiness() -> DataResponse[Health]:
        """Say that everything the service needs answers. A failure means: send it no requests."""
        tasks = [_failure_of(name, ping, timeout_seconds) for name, ping in pings.items()]
        # conventions: ignore[unbounded-gather] as many as there are modules
        failures = {str(f.field): f for f in await asyncio.gather(*tasks) if f}
        if fatal := [failure for name, failure in failures.items() if name not in dispensable]:
            raise NotReady(details=fatal)
        status = "degraded" if failures else "ok"
        answering = [name for name in pings if name not in failures]
        return DataResponse(Health(status=status, checks=answering, away=list(failures)))

    return router


async def _failure_of(name: str, ping: Ping, timeout_seconds: float) -> ErrorDetail | None:
    try:
        async with asyncio.timeout(timeout_seconds):
            await ping()
    except Exception as error:  # noqa: BLE001 - whatever it is, the thing is away
        log.warning("ping_failed", check=name, error=type(error).__name__)
        return ErrorDetail(field=name, code="no_answer", message=f"{name} does not answer.")
    return None
