"""Waiting for a server's last client; the clients hold its clients' lock together."""

import subprocess
import time

from devtools.postgres.locks import try_lock_exclusive, unlock

POLL_SECONDS = 0.1


def wait_for_last_client(
    server: subprocess.Popen[bytes], clients_lock: int, *, grace_seconds: float
) -> None:
    """Return with the clients' lock held, or when the server has ended by itself.

    Args:
        server: The process that serves them.
        clients_lock: A descriptor of the lock.
        grace_seconds: How long the server waits for a next client.
    """
    idle_since = None
    while server.poll() is None:
        if not try_lock_exclusive(clients_lock):
            idle_since = None
        else:
            idle_since = idle_since or time.monotonic()
            if time.monotonic() - idle_since >= grace_seconds:
                return
            unlock(clients_lock)
        time.sleep(POLL_SECONDS)
