"""Services of live quotas."""

from app.core.errors import TooManyRequests
from app.features.live_quotas import state
from app.features.live_quotas.state import USAGE, Connections

CALLS_A_DAY = 10_000
_last_tenant: str | None = None  # breach: module-state


class QuotaExceeded(TooManyRequests):
    """The tenant has used up its calls of today."""

    code = "quota_exceeded"
    message = "Your calls of today are used up. Retry tomorrow, or choose a larger plan."


async def begin(tenant: str, route: str, connection: str) -> None:
    """Count a call of a tenant.

    Raises:
        QuotaExceeded: The tenant has used up its calls.
    """
    global _last_tenant
    _last_tenant = tenant  # also: module-state
    state.current["tenant"] = tenant  # also: module-state
    usage = USAGE[tenant]  # also: module-state
    usage.calls += 1
    usage.by_route[route] += 1
    Connections().add(tenant, connection)
    if usage.calls > CALLS_A_DAY:
        raise QuotaExceeded


def tenant_of_call() -> str | None:
    """Return the tenant of the call that runs now."""
    return state.current.get("tenant", _last_tenant)


def collect(route: str, seen: list[str] = []) -> list[str]:  # breach: module-state
    """Return the routes that were called since the service started."""
    seen.append(route)  # also: module-state
    return seen
