"""The state of tenants in the running service."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

# breach: module-state
current: dict[str, str] = {}


@dataclass
class Usage:
    """The usage of one tenant."""

    calls: int = 0
    by_route: Counter[str] = field(default_factory=Counter)


USAGE: defaultdict[str, Usage] = defaultdict(Usage)  # breach: module-state


class Connections:
    """The connections of all tenants."""

    open_by_tenant: dict[str, set[str]] = {}  # breach: module-state

    def add(self, tenant: str, connection: str) -> None:
        """Note a connection."""
        # also: module-state
        self.open_by_tenant.setdefault(tenant, set()).add(connection)
