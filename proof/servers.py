"""A PostgreSQL or a Valkey of a proof, with the programs of the generated service.

    python -m proof.servers postgres|valkey FOLDER

It runs in the service's environment, prints `ready`, and ends with the program that started it.
"""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from subprocess import Popen

import asyncpg

from devtools.locks import open_lock
from devtools.postgres.account import find_server_account
from devtools.postgres.binaries import find_binaries, make_reachable
from devtools.postgres.data_dir import make_private
from devtools.postgres.server import Cluster, running_server

DATABASE, MAX_CONNECTIONS = "app", "60"


@contextmanager
def postgres(folder: Path) -> Iterator[Popen[bytes]]:
    """Run a server with durable settings and few connections; its socket is in `run`."""
    account = find_server_account()
    binaries = find_binaries()
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    cluster = Cluster(
        data_dir=folder,
        sockets=folder / "run",
        binaries=make_reachable(binaries, account=account) if account else binaries,
        account=account,
        settings={"max_connections": MAX_CONNECTIONS},
    )
    with running_server(cluster, server_lock=open_lock(folder / "server.lock")) as server:
        asyncio.run(_create_database(cluster.sockets))
        yield server


async def _create_database(sockets: Path) -> None:
    connection = await asyncpg.connect(host=str(sockets), user="postgres", database="postgres")
    with suppress(asyncpg.DuplicateDatabaseError):
        await connection.execute(f"CREATE DATABASE {DATABASE}")
    await connection.close()


@contextmanager
def valkey(folder: Path) -> Iterator[Popen[bytes]]:
    """Run a server that keeps nothing; its socket is in the folder."""
    from devtools.valkey.server import SOCKET, find_valkey, start_server  # only with Redis

    make_private(folder)
    (folder / SOCKET).unlink(missing_ok=True)
    server = start_server(find_valkey(), folder / SOCKET)
    try:
        yield server
    finally:
        server.kill()
        server.wait()


SERVERS = {"postgres": postgres, "valkey": valkey}


def hold(server: AbstractContextManager[Popen[bytes]]) -> None:
    """Keep a server running until SIGTERM, its own end, or the end of the proof."""
    signal.signal(signal.SIGTERM, _exit)
    threading.Thread(target=_stop_with_proof, daemon=True).start()
    with server as process:
        print("ready", flush=True)
        process.wait()


def _stop_with_proof() -> None:
    os.read(sys.stdin.fileno(), 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _exit(*_: object) -> None:
    sys.exit(0)


if __name__ == "__main__":
    hold(SERVERS[sys.argv[1]](Path(sys.argv[2])))
