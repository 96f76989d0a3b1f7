"""Liveness and readiness endpoints, polled by load balancers every few seconds."""

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
from app.core.errors import AppError, ErrorDetail, Unavailable
from app.core.guards.rate_limit import NoRateLimit
from app.core.middleware.request_logging import log_sample
from app.core.server.draining import is_draining

Ping = Callable[[], Awaitable[None]]

log = structlog.get_logger()


class NotReady(Unavailable):
    """A dependency of the service is unavailable."""

    code = "not_ready"
    message = "The service is not ready; see details."


_STOPPING = ErrorDetail(code="stopping", message="The service has been asked to stop.")


class Health(ResponseModel):
    """The state of the service."""

    status: Literal["ok", "degraded"] = Field(examples=["ok"])
    checks: list[str] = Field(description="The checks that passed.", examples=[["database"]])
    unavailable: list[str] = Field(
        description="Optional dependencies that are unavailable.", examples=[[]]
    )


def health_router(
    pings: Mapping[str, Ping],
    *,
    optional: AbstractSet[str] = frozenset(),
    timeout_seconds: float,
) -> Router:
    """Return the two health endpoints.

    Args:
        pings: The checks of readiness, by name. A ping raises when its dependency is unavailable;
            an `AppError` states the reason in the response.
        optional: The names of checks whose failure makes the service degraded, not unready.
        timeout_seconds: The longest that one ping may take; all run at the same time.
    """
    failing: set[str] = set()
    router = Router(prefix="/health", tags=["health"], dependencies=[Depends(NoRateLimit())])

    @router.get("/live", response_model=Envelope[Health])
    @log_sample(0)
    async def read_liveness() -> DataResponse[Health]:
        """Report that the process runs. On failure, restart it."""
        return DataResponse(Health(status="ok", checks=[], unavailable=[]))

    @router.get("/ready", response_model=Envelope[Health], responses=errors(NotReady))
    @log_sample(0)
    async def read_readiness() -> DataResponse[Health]:
        """Report that every required dependency is available. On failure, send no requests."""
        if is_draining():
            raise NotReady(details=[_STOPPING])
        tasks = [_check(name, ping, timeout_seconds, failing) for name, ping in pings.items()]
        # conventions: ignore[unbounded-gather] one task for each module of the service
        failures = {str(f.field): f for f in await asyncio.gather(*tasks) if f}
        if fatal := [failure for name, failure in failures.items() if name not in optional]:
            raise NotReady(details=fatal)
        passed = [name for name in pings if name not in failures]
        status = "degraded" if failures else "ok"
        return DataResponse(Health(status=status, checks=passed, unavailable=list(failures)))

    return router


async def _check(
    name: str, ping: Ping, timeout_seconds: float, failing: set[str]
) -> ErrorDetail | None:
    """Return the failure of a check, if any; log it when it begins and when it ends."""
    try:
        async with asyncio.timeout(timeout_seconds):
            await ping()
    except Exception as error:  # noqa: BLE001 - any failure means unavailable
        if name not in failing:
            failing.add(name)
            log.warning("ping_failed", check=name, error=type(error).__name__)
        if isinstance(error, AppError):  # its message is meant for clients
            return ErrorDetail(field=name, code=error.code, message=error.message)
        return ErrorDetail(field=name, code="no_answer", message=f"{name} does not respond.")
    if name in failing:
        failing.remove(name)
        log.info("ping_recovered", check=name)
    return None
