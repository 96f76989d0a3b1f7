"""A real Valkey for development and tests: nothing to install, and nothing left running.

    url = lease_valkey(Path(".data/valkey"), grace_seconds=5)

Processes share it as they share a PostgreSQL (see `devtools.shared_server`). It keeps no data.
"""

from devtools.valkey.server import ValkeyUnavailable, find_valkey, lease_valkey

__all__ = ["ValkeyUnavailable", "find_valkey", "lease_valkey"]
