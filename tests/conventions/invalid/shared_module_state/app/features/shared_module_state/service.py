"""The tenant of a request."""

current: dict[str, str] = {}  # violates: shared-module-state
_last = ""


def remember(tenant: str) -> None:
    """Remember the tenant."""
    global _last
    _last = tenant  # violates: shared-module-state
    current["tenant"] = tenant
