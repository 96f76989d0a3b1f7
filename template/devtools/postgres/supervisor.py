"""The process that runs a server for its clients and stops it after the last of them.

`lease.py` starts it as `python -m devtools.postgres.supervisor CLUSTER GRACE START_LOCK`. It
writes `ready` to its output once the server takes connections; its errors go into the log.
"""

import os
import signal
import sys
from contextlib import suppress

from devtools.postgres.clients import wait_for_last_client
from devtools.postgres.errors import PostgresUnavailable
from devtools.postgres.locks import lock_exclusive, open_lock
from devtools.postgres.server import Cluster, ServerFailed, running_server


def supervise(cluster: Cluster, *, grace_seconds: float, start_lock: int) -> None:
    """Run the server until it has had no client for the time of grace.

    Args:
        cluster: What to run.
        grace_seconds: How long the server waits for a next client.
        start_lock: An inherited descriptor of `start.lock`, closed when the server is ready.

    Raises:
        ServerFailed: The server did not start.
    """
    # Opened first: the kernel closes a killed process's files in this order, so whoever gets the
    # clients' lock afterwards finds that there is no supervisor.
    supervisor_lock = open_lock(cluster.home / "supervisor.lock")
    server_lock = open_lock(cluster.home / "server.lock")
    clients_lock = open_lock(cluster.home / "clients.lock")
    lock_exclusive(supervisor_lock)
    with running_server(cluster, server_lock=server_lock) as server:
        _announce(start_lock)
        wait_for_last_client(server, clients_lock, grace_seconds=grace_seconds)
    os.close(supervisor_lock)
    os.close(clients_lock)


def _announce(start_lock: int) -> None:
    with suppress(BrokenPipeError):  # Our client has been killed; another may be waiting.
        os.write(1, b"ready\n")
    os.dup2(2, 1)
    os.close(start_lock)


def _ask_to_end(*_: object) -> None:
    sys.exit(0)


def main() -> None:
    """Read the command line and supervise."""
    description, grace, start_lock = sys.argv[1:]
    signal.signal(signal.SIGTERM, _ask_to_end)
    try:
        supervise(
            Cluster.from_json(description), grace_seconds=float(grace), start_lock=int(start_lock)
        )
    except (OSError, PostgresUnavailable, ServerFailed) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
