"""A server that processes share: the first client starts it, and it stops after the last one.

A client holds a shared lock on a file for as long as it lives; that is its lease. A supervisor
process runs the server and stops it once no lease is left. A server's folder holds these locks:

- `start.lock`: one process at a time starts or joins the server. A client passes it on to the
  supervisor that it starts, so that no other joins a server that is not ready.
- `clients.lock`: shared by the clients; the supervisor acquires it exclusively in order to stop.
- `supervisor.lock`: held while the supervisor lives.

The supervisor is `python -m devtools.shared_server MODULE DESCRIPTION FOLDER GRACE START_LOCK`.
MODULE has a context manager `run(DESCRIPTION)` that yields the process of the server.
"""

import ctypes
import importlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import IO, cast

from devtools.locks import (
    is_locked,
    lock_exclusive,
    lock_shared,
    open_lock,
    try_lock_exclusive,
    unlock,
)

SERVICE_ROOT = Path(__file__).parents[1]
POLL_SECONDS = 0.1
PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG in <linux/prctl.h>

_leases: dict[Path, int] = {}


def hold_lease(folder: Path, start: Callable[[int], None], *, inheritable: bool = False) -> None:
    """Keep a server running until this process ends; once in a process for each folder.

    Args:
        folder: The server's folder.
        start: Starts the supervisor if there is none; takes the descriptor of `start.lock`.
        inheritable: Whether a program that replaces this process keeps the lease.
    """
    if folder not in _leases:
        _leases[folder] = _join(folder, start)
    if inheritable:
        os.set_inheritable(_leases[folder], True)  # noqa: FBT003 (the parameter has no name)


def _join(folder: Path, start: Callable[[int], None]) -> int:
    """Return a descriptor of the clients' lock, held, once the server is ready."""
    start_lock = open_lock(folder / "start.lock")
    clients_lock = open_lock(folder / "clients.lock")
    try:
        lock_exclusive(start_lock)
        lock_shared(clients_lock)  # Waits while a supervisor is stopping its server.
        if not is_locked(folder / "supervisor.lock"):
            start(start_lock)
    except BaseException:
        os.close(clients_lock)
        raise
    finally:
        os.close(start_lock)
    return clients_lock


def start_supervisor(
    module: str, description: str, *, folder: Path, grace_seconds: float, start_lock: int
) -> bool:
    """Start the supervisor of a server, and return whether the server became ready.

    Args:
        module: The module that runs the server.
        description: The argument of its `run`.
        folder: The server's folder; errors are logged in its file `log`.
        grace_seconds: How long the server waits for the next client after its last one.
        start_lock: A descriptor of `start.lock`, which the supervisor inherits.
    """
    arguments = [module, description, str(folder), str(grace_seconds), str(start_lock)]
    with (folder / "log").open("wb") as errors:
        process = subprocess.Popen(
            # Without site-packages (-S) it starts faster, and no installed package can break it.
            [sys.executable, "-S", "-m", "devtools.shared_server", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(SERVICE_ROOT)},
            pass_fds=[start_lock],
            start_new_session=True,
        )
    with cast("IO[bytes]", process.stdout) as output:
        is_ready = output.readline() == b"ready\n"
    process.returncode = 0  # It outlives this process on purpose, so nothing waits for it.
    return is_ready


def supervise(
    run: Callable[[], AbstractContextManager[subprocess.Popen[bytes]]],
    *,
    folder: Path,
    grace_seconds: float,
    start_lock: int,
) -> None:
    """Run a server until it has had no client for a while.

    Args:
        run: Runs the server for the duration of a block.
        folder: The server's folder.
        grace_seconds: How long the server waits for the next client.
        start_lock: An inherited descriptor of `start.lock`, closed when the server is ready.
    """
    # Opened first: the kernel closes the files of a killed process in this order, so a client that
    # acquires the clients' lock afterwards sees that there is no supervisor.
    supervisor_lock = open_lock(folder / "supervisor.lock")
    clients_lock = open_lock(folder / "clients.lock")
    lock_exclusive(supervisor_lock)
    with run() as server:
        with suppress(BrokenPipeError):  # The client was killed; another one may be waiting.
            os.write(1, b"ready\n")
        os.dup2(2, 1)
        os.close(start_lock)
        _wait_for_last_client(server, clients_lock, grace_seconds=grace_seconds)
    os.close(supervisor_lock)
    os.close(clients_lock)


def _wait_for_last_client(
    server: subprocess.Popen[bytes], clients_lock: int, *, grace_seconds: float
) -> None:
    """Return with the clients' lock held, or when the server has ended."""
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


def stop_with_parent(
    parent: int, stop_signal: signal.Signals = signal.SIGINT
) -> Callable[[], None] | None:
    """Return a function that has the kernel stop a new process when this one is killed, on Linux.

    Args:
        parent: The id of this process.
        stop_signal: The signal that the new process gets.

    Returns:
        The `preexec_fn` for `Popen`.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def bind() -> None:
        prctl(PARENT_DEATH_SIGNAL, stop_signal, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return bind


def _exit(*_: object) -> None:
    sys.exit(0)


def main() -> None:
    """Read the command line and supervise."""
    module, description, folder, grace, start_lock = sys.argv[1:]
    signal.signal(signal.SIGTERM, _exit)
    try:
        supervise(
            lambda: importlib.import_module(module).run(description),
            folder=Path(folder),
            grace_seconds=float(grace),
            start_lock=int(start_lock),
        )
    except (OSError, RuntimeError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
