"""A real PostgreSQL for development and tests, with nothing to install and nothing left behind.

`lease_postgres` starts the server that lives in a directory, or joins the one that runs there. Who
holds a lease holds a shared lock on a file, and the kernel drops that lock when the process ends,
however it ends. A small supervisor process stops the server once nobody holds the lock any more.

A cluster's home holds four locks:

- `start.lock`: one process at a time starts or joins. A client hands it to the supervisor that it
  starts, so nobody joins a server that is not ready.
- `clients.lock`: shared by the clients; the supervisor takes it exclusively in order to stop.
- `supervisor.lock`: held while the supervisor lives.
- `server.lock`: inherited by PostgreSQL, so held while any of its processes lives.
"""

from devtools.postgres.errors import PostgresUnavailable
from devtools.postgres.lease import lease_postgres, locate_data

__all__ = ["PostgresUnavailable", "lease_postgres", "locate_data"]
