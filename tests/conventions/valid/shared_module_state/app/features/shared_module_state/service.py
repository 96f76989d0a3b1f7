"""The tenant of a request."""

from contextvars import ContextVar

NAMES = {"a": "Alpha", "b": "Beta"}
current: ContextVar[str] = ContextVar("current")


def remember(tenant: str) -> list[str]:
    """Remember the tenant."""
    current.set(NAMES[tenant])
    seen: list[str] = []
    seen.append(tenant)
    return seen
