"""Leases of a PostgreSQL server."""

import logging
import sys
from collections.abc import Mapping
from pathlib import Path

from devtools.postgres.account import find_server_account
from devtools.postgres.binaries import find_binaries, make_reachable
from devtools.postgres.data_dir import choose_socket_folder, open_data_dir
from devtools.postgres.errors import PostgresUnavailable
from devtools.postgres.server import Cluster
from devtools.shared_server import hold_lease, start_supervisor

LOG_LINES_SHOWN = 12

_logger = logging.getLogger(__name__)


def lease_postgres(
    directory: Path, *, settings: Mapping[str, str], grace_seconds: float, inheritable: bool = False
) -> Path:
    """Start the server of a directory, or join it, until this process ends.

    Args:
        directory: The directory for its data; created if it is missing.
        settings: Settings of PostgreSQL, used if this call starts the server.
        grace_seconds: How long the server waits for the next client after its last one.
        inheritable: Whether a program that replaces this process keeps the lease.

    Returns:
        The folder of the server's socket. The user `postgres` needs no password there.

    Raises:
        PostgresUnavailable: No server is available; the message says what to do.
    """
    if sys.platform == "win32":
        raise PostgresUnavailable(
            "the packaged PostgreSQL needs Linux or macOS. Set DATABASE_URL, and for the tests "
            "TEST_DATABASE_URL, to a server of your own."
        )
    try:
        data_dir = locate_data(directory)
        sockets = choose_socket_folder(data_dir)

        def start(start_lock: int) -> None:
            cluster = _describe_cluster(data_dir, sockets, settings=settings)
            _start(cluster, grace_seconds=grace_seconds, start_lock=start_lock)

        hold_lease(data_dir, start, inheritable=inheritable)
    except OSError as error:
        raise PostgresUnavailable(
            f"a server cannot run in {directory}: {error}. Check the free space and the "
            f"permissions there, or set DATABASE_URL."
        ) from error
    return sockets


def locate_data(directory: Path) -> Path:
    """Return the folder that holds the data of a directory's server.

    Args:
        directory: The directory that `lease_postgres` was called with.
    """
    return open_data_dir(directory, account=find_server_account())


def _describe_cluster(data_dir: Path, sockets: Path, *, settings: Mapping[str, str]) -> Cluster:
    account = find_server_account()
    binaries = find_binaries()
    if account:
        binaries = make_reachable(binaries, account=account)
    cluster = Cluster(
        data_dir=data_dir, sockets=sockets, binaries=binaries, account=account, settings=settings
    )
    others = sorted(path.name for path in data_dir.glob("data*") if path != cluster.pgdata)
    if others and not cluster.pgdata.exists():
        _logger.warning(
            "PostgreSQL has a new major version and starts with an empty database in %s; the data "
            "of the previous version are still in %s.",
            cluster.pgdata,
            ", ".join(others),
        )
    return cluster


def _start(cluster: Cluster, *, grace_seconds: float, start_lock: int) -> None:
    if start_supervisor(
        "devtools.postgres.server",
        cluster.to_json(),
        folder=cluster.data_dir,
        grace_seconds=grace_seconds,
        start_lock=start_lock,
    ):
        return
    log = cluster.data_dir / "log"
    raise PostgresUnavailable(
        f"PostgreSQL did not start:\n{_last_lines(log)}\n"
        f"The whole log is {log}. If the data may be lost, remove {cluster.data_dir} and retry; "
        f"otherwise set DATABASE_URL."
    )


def _last_lines(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
    return "\n".join(f"  {line}" for line in lines)
