"""The tenant of a request."""

current: dict[str, str] = {}  # violates: shared-module-state
_last = ""  # violates: shared-module-state


def remember(tenant: str) -> None:
    """Remember the tenant."""
    global _last
    _last = tenant
    current["tenant"] = tenant
