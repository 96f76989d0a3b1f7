"""A real PostgreSQL for development and tests: nothing to install, and nothing left running.

    sockets = lease_postgres(Path(".data/postgres"), settings={}, grace_seconds=5)

The first process that leases the server of a folder starts it, others join it, and it stops after
the last one; see `devtools.shared_server`. PostgreSQL inherits one more lock, `server.lock`, which
is therefore held while any process of the server lives.
"""

from devtools.postgres.errors import PostgresUnavailable
from devtools.postgres.lease import lease_postgres, locate_data

__all__ = ["PostgresUnavailable", "lease_postgres", "locate_data"]
