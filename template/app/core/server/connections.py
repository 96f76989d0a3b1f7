"""The open connections of one process."""

import asyncio
from collections import Counter
from typing import Protocol

# Private, as the parser of the trusted proxies has no public name: pyproject.toml pins the version.
from uvicorn.middleware.proxy_headers import _TrustedHosts

from app.core.server.settings import ServerSettings


class Connection(Protocol):
    """A connection, as its protocol holds it."""

    transport: asyncio.Transport
    client: tuple[str, int] | None


class ConnectionTable:
    """Counts connections by address, and knows those that wait for a request."""

    def __init__(self, settings: ServerSettings) -> None:
        """Create an empty table with the limits of the settings."""
        self.settings = settings
        self._proxies = _TrustedHosts(list(settings.forwarded_allow_ips))
        self._open = 0
        self._by_address: Counter[str] = Counter()
        self._waiting: dict[Connection, None] = {}  # in the order in which they began to wait

    def add(self, connection: Connection) -> bool:
        """Add a connection; return whether the limits admit it.

        If all connections are used, one that waits makes room. So a client that only holds
        connections open displaces its own, and nobody's request in flight.
        """
        self._open += 1
        address = self._address(connection)
        if address:
            self._by_address[address] += 1
            if self._by_address[address] > self.settings.max_connections_per_address:
                return False
        if self._open > self.settings.max_connections and not self._evict():
            return False
        self.set_waiting(connection)
        return True

    def remove(self, connection: Connection) -> None:
        """Remove a connection that is closed."""
        self._open -= 1
        self._waiting.pop(connection, None)
        if address := self._address(connection):
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def set_waiting(self, connection: Connection) -> None:
        """Note that a connection has no request in flight from now on."""
        self._waiting[connection] = None

    def set_busy(self, connection: Connection) -> None:
        """Note that a connection has a request in flight."""
        self._waiting.pop(connection, None)

    def _evict(self) -> bool:
        for longest in self._waiting:
            del self._waiting[longest]
            longest.transport.abort()
            return True
        return False

    def _address(self, connection: Connection) -> str | None:
        """Return the client's address; none for a proxy, whose connections are many clients'."""
        host = connection.client[0] if connection.client else None
        return None if host in self._proxies else host
